// Runs a Ruby script in Ruby's WebAssembly build, over node's WASI:
//   node wasm.mjs MODULES SOURCE OUT SCRIPT [ARGUMENT...]
//
// MODULES holds node_modules with the build. The script sees the folder SOURCE as /src and OUT as
// /out, and nothing else; it may write to both, so SOURCE should be a copy. SCRIPT is a path below
// /src. What switches node needs: wasm_test.rb.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { WASI } from "node:wasi";

const BUILD = "@ruby/4.0-wasm-wasi/dist/ruby+stdlib.wasm";

const [modules, source, out, script, ...words] = process.argv.slice(2);
const require = createRequire(resolve(modules, "node_modules", "_"));
const { RubyVM } = require("@ruby/wasm-wasi");

const wasi = new WASI({
  version: "preview1",
  preopens: { "/src": resolve(source), "/out": resolve(out) },
  returnOnExit: true,
});
const bytes = await readFile(resolve(modules, "node_modules", BUILD));
const { vm } = await RubyVM.instantiateModule({
  module: await WebAssembly.compile(bytes),
  wasip1: wasi,
  args: ["ruby", "-e", ""],
});
vm.eval(`ARGV.replace(${JSON.stringify(words)}); load ${JSON.stringify(script)}`);
