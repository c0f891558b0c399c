// Names elements by their path in the stacks that naming.py marks, without asking Python for each: a callback costs
// more than making the element. What is not plain, and what two elements would share, Python is asked, whose rule it is.
"use strict";
const Module = require("module");

const MARK = "$namedByPath";
const named = new WeakMap(); // stack -> name -> element

function nameByPath(stack, element, ask) {
  if (!(MARK in stack) || element.cdktfStack !== stack) return ask(element);
  const parts = element.node.path.split("/").slice(1);
  const path = parts.filter((part) => part !== "Default").join("_");
  const name = /^[A-Za-z_-][A-Za-z0-9_-]*$/.test(path) ? path : ask(element);
  if (!named.has(stack)) named.set(stack, new Map());
  const other = named.get(stack).get(name);
  if (other && other !== element) {
    ask(other);
    return ask(element);
  }
  named.get(stack).set(name, element);
  return name;
}

const load = Module._load;
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  const stack = request === "./terraform-stack" ? loaded.TerraformStack?.prototype : undefined;
  if (stack && !stack.getLogicalId.byPath) {
    const stock = stack.getLogicalId;
    stack.getLogicalId = function (element) {
      return nameByPath(this, element, (each) => stock.call(this, each));
    };
    stack.getLogicalId.byPath = true;
  }
  return loaded;
};
