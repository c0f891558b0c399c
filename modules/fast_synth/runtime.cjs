// Runs the jsii kernel in this process (the stock runtime starts a second one and relays every message), and spares
// it work that changes nothing in its answers. Written for one jsii version; early_node.py checks it.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const Module = require("module");
const path = require("path");
const { Writable } = require("stream");
const util = require("util");
const workers = require("worker_threads");

require("./code_cache.cjs");
require("./lazy_index.cjs");
require("./naming.cjs");

// Asked to stop, it does after the request at hand, not after all that were sent early; its hooks clear its folder.
process.on("SIGTERM", () => process.exit());

// The kernel speaks on descriptor 3: give it stdin and stdout, and what is printed travels framed on stderr.
const { readSync, writeSync, openSync, closeSync, readFileSync, statSync } = fs;
fs.writeSync = (fd, ...rest) => writeSync(fd === 3 ? 1 : fd, ...rest);
for (const name of ["stdout", "stderr"]) {
  const write = (chunk, _, done) => {
    writeSync(2, JSON.stringify({ [name]: chunk.toString("base64") }) + "\n");
    done();
  };
  Object.defineProperty(process, name, { configurable: true, value: new Writable({ write }) });
}

// The index of types is tens of megabytes, of which a few kilobytes are wanted.
fs.readFileSync = (file, options) => {
  if (options !== undefined || !String(file).endsWith(".jsii.runtime-defs.v1.jsonl")) return readFileSync(file, options);
  const fd = openSync(file);
  const toString = (encoding, from, to) => {
    const text = Buffer.allocUnsafe(to - from);
    readSync(fd, text, 0, to - from, from);
    return text.toString(encoding);
  };
  return { toString };
};

// The zip library is for zipped assets alone.
const load = Module._load;
Module._load = function (request, parent, isMain) {
  if (request !== "archiver") return load.call(this, request, parent, isMain);
  let real;
  const get = () => (real ??= load.call(this, request, parent, isMain));
  return new Proxy(function () {}, {
    apply: (_, self, values) => get().apply(self, values),
    get: (_, name) => (name === "__esModule" ? undefined : get()[name]),
  });
};

// CDKTF keeps a full stack trace per token, which nobody prints.
const capture = Error.captureStackTrace;
Error.captureStackTrace = (error, above) => {
  if (Error.stackTraceLimit !== Number.MAX_SAFE_INTEGER) capture(error, above);
};

// The kernel words the failure of each of its checks before it checks: word it cheaply.
const { inspect } = util;
const inJson = (value, ...options) => {
  try {
    return (options.length === 0 && JSON.stringify(value)) || inspect(value, ...options);
  } catch {
    return inspect(value, ...options);
  }
};
util.inspect = Object.assign(inJson, inspect);

// The kernel hashes a package of tens of megabytes at every start: remember the hash by path, size and time.
const memoryFile = process.env.FAST_SYNTH_MEMORY;
const memoryMost = 1 << 20; // a hash takes a line, and what is larger takes longer to read than packages to hash
let memory = {};
try {
  if (statSync(memoryFile).size <= memoryMost) memory = JSON.parse(readFileSync(memoryFile, "utf8"));
} catch {} // none yet
let hashed; // the hash that was begun last
const packages = new Map(); // open package files
class PackageHash {
  constructor() {
    this.real = crypto.createHash.stock("sha256");
    this.salts = [];
  }
  update(value) {
    if (this.file && !this.reading) this.salts.push(value); // what is hashed besides the file itself
    if (!this.known) this.real.update(value);
    return this;
  }
  digest(...encoding) {
    if (!this.file) return this.real.digest(...encoding);
    const salts = this.salts.join();
    if (this.known && this.known.salts === salts) return Buffer.from(this.known.digest, "hex");
    if (this.known) {
      this.real.update(readFileSync(this.file));
      for (const salt of this.salts) this.real.update(salt);
    }
    const digest = this.real.digest();
    memory[this.file] = { stamp: this.stamp, salts, digest: digest.toString("hex") };
    try {
      fs.writeFileSync(`${memoryFile}.${process.pid}`, JSON.stringify(memory));
      fs.renameSync(`${memoryFile}.${process.pid}`, memoryFile);
    } catch {} // a folder that is not ours to write: hash again next time
    return digest;
  }
}
const createHash = crypto.createHash;
crypto.createHash = (algorithm, ...rest) =>
  algorithm === "sha256" && rest.length === 0 ? (hashed = new PackageHash()) : createHash(algorithm, ...rest);
crypto.createHash.stock = createHash;
fs.openSync = (file, ...rest) => {
  const fd = openSync(file, ...rest);
  if (String(file).endsWith(".jsii.tgz") && hashed && !hashed.file) {
    const { size, mtimeMs } = statSync(file);
    const stamp = `${size} ${mtimeMs}`;
    const known = memory[file]?.stamp === stamp ? memory[file] : undefined;
    Object.assign(hashed, { file: String(file), reading: true, stamp, known });
    packages.set(fd, hashed);
  }
  return fd;
};
fs.closeSync = (fd) => {
  if (packages.has(fd)) packages.get(fd).reading = false;
  packages.delete(fd);
  closeSync(fd);
};
fs.readSync = (fd, ...rest) => (packages.get(fd)?.known ? 0 : readSync(fd === 3 ? 0 : fd, ...rest));

// The kernel looks for its helper under the name that the stock runtime copies it to.
const embedded = process.env.JSII_EMBEDDED;
workers.Worker = class extends workers.Worker {
  constructor(file, options) {
    super(String(file).replace(path.join(embedded, "runtime-index"), path.join(embedded, "lib__runtime-index")), options);
  }
};
require(path.join(embedded, "lib__program.js"));
