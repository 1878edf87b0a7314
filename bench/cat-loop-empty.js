const text = "x";
let size = 0;
for (let i = 0; i < 20000; i++) {
  size += text.length;
}
console.log(size);
