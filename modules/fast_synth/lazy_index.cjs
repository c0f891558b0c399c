// Provider packages ship a lazy index beside the eager one that their package.json names: take the lazy one.
"use strict";
const fs = require("fs");
const Module = require("module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (...args) {
  const file = resolve.apply(this, args);
  if (typeof file !== "string" || !/@cdkt[fn]\/provider-[^/]+\/lib\/index\.js$/.test(file)) return file;
  const lazy = file.replace(/index\.js$/, "lazy-index.js");
  return fs.existsSync(lazy) ? lazy : file;
};
