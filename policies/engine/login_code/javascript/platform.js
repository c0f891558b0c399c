// Part of inside.js: what Node and Auth0 offer to login code, without a way out.

const unescaped = (text) => (/[%+]/.test(text) ? decodeURIComponent(text.replaceAll("+", " ")) : text);

function pairsOf(query) {
  const pairs = [];
  for (const part of query.replace(/^\?/, "").split("&")) {
    if (!part) continue;
    const [name, ...rest] = part.split("=");
    pairs.push([unescaped(name), unescaped(rest.join("="))]);
  }
  return pairs;
}
const queryOf = (pairs) => pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");

class URLSearchParams {
  #pairs = [];
  constructor(init = "") {
    if (typeof init === "string") this.#pairs = pairsOf(init);
    else for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) this.#pairs.push([`${name}`, `${value}`]);
  }
  get(name) { return this.#pairs.find(([each]) => each === name)?.[1] ?? null; }
  getAll(name) { return this.#pairs.filter(([each]) => each === name).map(([, value]) => value); }
  has(name) { return this.#pairs.some(([each]) => each === name); }
  append(name, value) { this.#pairs.push([`${name}`, `${value}`]); }
  delete(name) { this.#pairs = this.#pairs.filter(([each]) => each !== name); }
  set(name, value) { this.delete(name); this.append(name, value); }
  entries() { return this.#pairs[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return queryOf(this.#pairs); }
}

const split = new Map();
function partsOf(asked, from) {
  const key = `${from} ${asked}`;
  let parts = split.get(key);
  if (parts === undefined) {
    let text = "";
    try { text = splitUrl(asked, from); } catch { text = ""; } // an error from outside never gets in
    parts = text ? parse(text) : null;
    split.set(key, parts);
  }
  return parts;
}

class URL {
  #parts;
  #params;
  constructor(address, base) {
    const parts = partsOf(`${address}`, base === undefined ? "" : `${base}`);
    if (!parts) throw new TypeError("Invalid URL");
    const { protocol, host, hostname, port, pathname, origin, hash, username, password } = parts;
    this.protocol = protocol;
    this.host = host;
    this.hostname = hostname;
    this.port = port;
    this.pathname = pathname;
    this.origin = origin;
    this.hash = hash;
    this.username = username;
    this.password = password;
    this.#parts = parts;
  }
  get #pairs() { return (this.#parts.pairs ??= pairsOf(this.#parts.query)); }
  get searchParams() { return (this.#params ??= new URLSearchParams(this.#pairs)); }
  get search() {
    const text = this.#params ? this.#params.toString() : (this.#parts.search ??= queryOf(this.#pairs));
    return text && `?${text}`;
  }
  get href() { return `${this.origin}${this.pathname}${this.search}${this.hash}`; }
  toString() { return this.href; }
  toJSON() { return this.href; }
}

class Headers {
  #all = new Map();
  constructor(init = {}) {
    for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) this.set(name, value);
  }
  get(name) { return this.#all.get(name.toLowerCase()) ?? null; }
  has(name) { return this.#all.has(name.toLowerCase()); }
  set(name, value) { this.#all.set(`${name}`.toLowerCase(), `${value}`); }
  append(name, value) { this.set(name, this.has(name) ? `${this.get(name)}, ${value}` : value); }
  entries() { return this.#all.entries(); }
  keys() { return this.#all.keys(); }
  forEach(act) { this.#all.forEach((value, name) => act(value, name, this)); }
  [Symbol.iterator]() { return this.entries(); }
}

class EventTarget {
  #listeners = [];
  addEventListener(type, act) { this.#listeners.push([type, act]); }
  removeEventListener(type, act) { this.#listeners = this.#listeners.filter((each) => each[1] !== act); }
  dispatchEvent(event) {
    for (const [type, act] of [...this.#listeners]) if (type === event.type) (act.handleEvent ?? act).call(this, event);
    this[`on${event.type}`]?.(event);
  }
}
const named = (name, message) => Object.assign(new Error(message), { name });
class AbortSignal extends EventTarget {
  aborted = false;
  reason = undefined;
  throwIfAborted() { if (this.aborted) throw this.reason; }
  static timeout(ms) {
    const controller = new AbortController();
    later(() => controller.abort(named("TimeoutError", "The operation was aborted due to timeout")), ms);
    return controller.signal;
  }
  static abort(reason) { const controller = new AbortController(); controller.abort(reason); return controller.signal; }
  static any(signals) {
    const controller = new AbortController();
    for (const each of signals) {
      if (each.aborted) controller.abort(each.reason);
      each.addEventListener("abort", () => controller.abort(each.reason));
    }
    return controller.signal;
  }
}
class AbortController {
  signal = new AbortSignal();
  abort(reason = named("AbortError", "This operation was aborted")) {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.reason = reason;
    this.signal.dispatchEvent({ type: "abort" });
  }
}

function later(act, ms = 0, args = [], every = false) {
  const timer = { at: run.clock + Math.max(1, Number(ms) || 0), order: ++run.order, act, args, every: every && Math.max(1, ms) };
  run.timers.push(timer);
  return run.order;
}
const forget = (order) => { run.timers = run.timers.filter((each) => each.order !== order); };

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
function atob(text) {
  let bits = 0, held = 0, result = "";
  for (const each of `${text}`.replace(/[=\s]/g, "").replaceAll("-", "+").replaceAll("_", "/")) {
    held = (held << 6) | ALPHABET.indexOf(each);
    bits += 6;
    if (bits >= 8) result += String.fromCharCode((held >> (bits -= 8)) & 255);
  }
  return result;
}
function btoa(text) {
  let result = "";
  const codes = [...`${text}`].map((each) => each.charCodeAt(0));
  for (let at = 0; at < codes.length; at += 3) {
    const [a, b = 0, c = 0] = codes.slice(at, at + 3);
    result += ALPHABET[a >> 2] + ALPHABET[((a & 3) << 4) | (b >> 4)];
    result += at + 1 < codes.length ? ALPHABET[((b & 15) << 2) | (c >> 6)] : "=";
    result += at + 2 < codes.length ? ALPHABET[c & 63] : "=";
  }
  return result;
}
const Buffer = {
  from(text, encoding = "utf8") {
    const hex = () => text.match(/../g).map((each) => String.fromCharCode(parseInt(each, 16))).join("");
    const plain = encoding.startsWith("base64") ? atob(text) : encoding === "hex" ? hex()
      : Array.isArray(text) ? String.fromCharCode(...text) : `${text}`;
    return { length: plain.length, toString: (to = "utf8") => note(to.startsWith("base64") ? btoa(plain) : plain) };
  },
};
