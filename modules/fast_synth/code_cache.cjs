// Keeps the compiled code of the modules that a run loads, for the next: Node's own cache goes by a module's path, which
// is new in each run. V8 itself refuses what another version of it or another source made.
"use strict";
const fs = require("fs");
const Module = require("module");
const path = require("path");
const vm = require("vm");

const { readFileSync, realpathSync, statSync } = fs;
const file = process.env.FAST_SYNTH_CODE;
const engine = `${process.version} ${process.arch}\n`;
const kept = new Map(); // module -> { stamp, code }
const compiled = new Map(); // module -> { stamp, script }, those that were not kept

try {
  const bytes = readFileSync(file);
  const end = bytes.indexOf("\n\n");
  const [head, index] = [bytes.subarray(0, end + 1).toString(), bytes.indexOf("\n", end + 2)];
  let from = index + 1;
  for (const [name, stamp, size] of head === engine ? JSON.parse(bytes.subarray(end + 2, index)) : []) {
    kept.set(name, { stamp, code: bytes.subarray(from, (from += size)) });
  }
} catch {} // none yet, or none that can be read

const folders = new Map(); // a package's folder, a link that is new in each run -> the folder it leads to
function realName(name) {
  const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(name) ?? [path.dirname(name)];
  if (!folders.has(folder)) folders.set(folder, realpathSync(folder));
  return folders.get(folder) + name.slice(folder.length);
}

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  // Ours are small, and each copy of the project has its own: to keep those would write the whole file anew.
  if (path.dirname(filename) === __dirname) return compile.call(this, source, filename, ...rest);
  const name = realName(filename);
  const { size, mtimeMs } = statSync(filename);
  const stamp = `${size} ${mtimeMs}`;
  const known = kept.get(name)?.stamp === stamp ? kept.get(name).code : undefined;
  const script = new vm.Script(Module.wrap(source.replace(/^#!.*/, "")), { filename, cachedData: known });
  if (!known || script.cachedDataRejected) compiled.set(name, { stamp, script });
  const run = script.runInThisContext();
  return run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, path.dirname(filename));
};

process.on("exit", () => {
  if (compiled.size === 0) return;
  for (const [name, { stamp, script }] of compiled) kept.set(name, { stamp, code: script.createCachedData() });
  const index = [...kept].map(([name, { stamp, code }]) => [name, stamp, code.length]);
  const codes = [...kept].map(([, { code }]) => code);
  try {
    fs.writeFileSync(`${file}.${process.pid}`, Buffer.concat([Buffer.from(`${engine}\n${JSON.stringify(index)}\n`), ...codes]));
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {} // a folder that is not ours to write: compile again next time
});
