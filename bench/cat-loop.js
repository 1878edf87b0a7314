const path = Deno.args[0];
let size = 0;
for (let i = 0; i < 20000; i++) {
  size += Deno.readTextFileSync(path).length;
}
console.log(size);
