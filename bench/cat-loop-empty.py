import sys

path = sys.argv[1]
text = "x"
size = 0
for i in range(20000):
    size += len(text)
print(size)
