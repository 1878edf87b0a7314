import sys

path = sys.argv[1]
size = 0
for i in range(20000):
    with open(path) as file:
        size += len(file.read())
print(size)
