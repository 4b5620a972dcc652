// Runs a WebAssembly program of the system interface WASI: node .ci/wasi.mjs PROGRAM ARGUMENT...
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";
const [binary, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [binary, ...args], env: process.env });
// A failing test aborts, which ends Node with an error, or returns a status.
const module = await WebAssembly.compile(await readFile(binary));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
