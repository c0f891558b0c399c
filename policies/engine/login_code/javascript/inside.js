// The world as login code sees it: an Auth0 and a GitHub, a clock, timers and fetch. Evaluated in a realm of its own,
// of which only this function's closures see the outside. `splitUrl` is the one thing that comes from there.
(function (splitUrl, seenName, hidden) {
  "use strict";
  const { stringify, parse } = JSON;
  const RealDate = Date;
  const RealFunction = (function () {}).constructor;
  const seenTexts = new Set();
  const seenNumbers = new Set();
  const cache = new Map();
  const looked = { clock: false, chance: false };
  let run = null;
  let tenant = null;

  function breach(what) {
    if (run) run.breaches.push(what);
    throw new Error(`${what} is not there`);
  }

  // include: platform
  // include: services

  // -- what the code reads is remembered -------------------------------------------------------------------------------

  function note(value) {
    if (typeof value === "string" && value.length > 0 && value.length <= 200 && seenTexts.size < 3000) seenTexts.add(value);
    if (typeof value === "number" && Number.isFinite(value)) seenNumbers.add(value);
    if (value instanceof RealDate && !Number.isNaN(value.getTime())) seenNumbers.add(value.getTime());
    return value;
  }

  const paths = new Map(); // the same texts again, for these are looked up at each read
  function pathOf(path, name) {
    let below = paths.get(path);
    if (below === undefined) paths.set(path, (below = new Map()));
    let at = below.get(name);
    if (at === undefined) {
      at = `${path}.${name}`;
      if (below.size < 1000) below.set(name, at);
    }
    return at;
  }

  class Recorder {
    constructor(path, changes) {
      this.path = path;
      this.changes = changes;
    }
    set(_, name, given) {
      this.changes[`${this.path}.${String(name)}`] = given;
      return true;
    }
    get(target, name) {
      if (typeof name === "symbol") return target[name];
      const at = pathOf(this.path, name);
      const inner = Object.hasOwn(this.changes, at) ? this.changes[at] : target[name];
      if (typeof inner === "function") return inner;
      if (!name.startsWith("__") && (run.reads[at] === undefined || inner === undefined)) run.reads[at] = inner === null ? "null" : Array.isArray(inner) ? "array" : typeof inner;
      return inner && typeof inner === "object" ? recorded(inner, at, this.changes) : inner;
    }
  }

  // Values of `changes` by path come before what the object holds; what the code writes is kept for this step alone.
  function recorded(value, path, changes = {}) {
    return new Proxy(value, new Recorder(path, changes));
  }

  function override(root, paths) {
    for (const [path, value] of Object.entries(paths)) {
      const keys = path.split(".");
      keys.shift();
      let at = root;
      for (const key of keys.slice(0, -1)) at = at[key] ??= {};
      at[keys.at(-1)] = value;
    }
    return root;
  }

  function apiOf(step) {
    const claim = (kind) => (name, value) => {
      if (step.ended) step.late.push(`sets the claim ${name}`);
      step.claims.push({ kind, name: `${name}`, value: value === undefined ? null : parse(stringify(value)), afterDenial: step.denials.length > 0 });
    };
    const known = {
      access: { deny: (reason) => { if (step.ended) step.late.push("denies"); step.denials.push(`${reason}`); } },
      idToken: { setCustomClaim: claim("id token") },
      accessToken: { setCustomClaim: claim("access token"), addScope: () => {}, removeScope: () => {} },
      cache: {
        get: (key) => (cache.has(key) ? { value: cache.get(key) } : undefined),
        set: (key, value) => { cache.set(key, value); return { type: "success" }; },
        delete: (key) => { cache.delete(key); return { type: "success" }; },
      },
    };
    const rest = (name) => new Proxy(known[name] ?? {}, { get: (target, method) => target[method] ?? (() => rest(`${name}`)) });
    return new Proxy(known, { get: (_, name) => rest(name) });
  }

  // -- the realm of the code -------------------------------------------------------------------------------------------

  const forbiddenFunction = function Function() { return breach("making code of text"); };
  forbiddenFunction.prototype = RealFunction.prototype;
  for (const each of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(each), "constructor", { value: forbiddenFunction, writable: false, configurable: false });
  }
  const now = () => {
    looked.clock = true;
    return run.config.now + run.clock;
  };
  const VirtualDate = new Proxy(RealDate, {
    construct: (target, given, as) => Reflect.construct(target, given.length ? given : [now()], as === VirtualDate ? target : as),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : target[name]),
  });
  Object.defineProperty(RealDate.prototype, "constructor", { value: VirtualDate });
  Math.random = () => {
    looked.chance = true;
    return run.config.random;
  };
  const given = {
    URL, URLSearchParams, Headers, Request, Response, EventTarget, AbortController, AbortSignal, Buffer, fetch, Date: VirtualDate,
    atob: (text) => note(atob(text)), btoa, Function: forbiddenFunction, eval: forbiddenFunction,
    setTimeout: (act, ms, ...args) => later(act, ms, args),
    setInterval: (act, ms, ...args) => later(act, ms, args, true),
    setImmediate: (act, ...args) => later(act, 0, args),
    clearTimeout: forget, clearInterval: forget, clearImmediate: forget,
    queueMicrotask: (act) => { Promise.resolve().then(act); },
    structuredClone: (value) => parse(stringify(value)),
    performance: { now: () => run.clock },
    console: Object.fromEntries(["log", "info", "warn", "error", "debug", "trace"].map((name) => [name, () => {}])),
    UnauthorizedError: class UnauthorizedError extends Error {},
    [seenName]: note,
  };
  for (const [name, value] of Object.entries(given)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  for (const name of hidden) {
    if (!(name in given)) Object.defineProperty(globalThis, name, { get: () => breach(`the use of ${name}`), configurable: false });
  }
  for (const each of [Promise, Promise.prototype, Array.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Reflect, Proxy, JSON, Object, String.prototype, RegExp.prototype, Function.prototype]) {
    Object.freeze(each);
  }

  // -- runs ------------------------------------------------------------------------------------------------------------

  const loaded = new Map();

  const secretsOf = new Map();

  function load(key, factory, secrets) {
    secretsOf.set(key, parse(secrets));
    const exports = {};
    const module = { exports };
    const result = factory(exports, module, (name) => breach(`the module ${name}`));
    loaded.set(key, result ?? module.exports);
  }

  function begin(text, ...pairs) {
    const config = parse(text);
    const accounts = {};
    for (let at = 0; at < pairs.length; at += 2) accounts[pairs[at]] = pairs[at + 1];
    run = { config, accounts, clock: 0, order: 0, timers: [], requests: 0, asked: [], breaches: [], reads: {}, steps: [] };
    runSteps().then(() => { run.settled = true; }, (error) => { run.settled = true; run.broken = `${error}`; });
  }

  async function runSteps() {
    const { config } = run;
    const { rules } = tenant;
    let context = rules && { ...parse(stringify(tenant.context)), idToken: {}, accessToken: {} };
    for (const key of config.steps) {
      const step = { denials: [], claims: [], late: [], threw: "", ended: false };
      run.steps.push(step);
      try {
        if (rules) context = await runRule(loaded.get(key), context, step);
        else await runAction(loaded.get(key), { ...tenant.event, secrets: secretsOf.get(key) }, step);
      } catch (error) {
        step.threw = `${error?.name ?? "Error"}: ${error?.message ?? error}`.slice(0, 200);
      }
      step.ended = true;
    }
  }

  function runAction(exported, event, step) {
    return exported.onExecutePostLogin(recorded(event, "event", { ...run.config.override }), apiOf(step));
  }

  function runRule(rule, context, step) {
    const { config } = run;
    const changed = { user: {}, context: {}, configuration: {} };
    for (const [path, value] of Object.entries(config.override)) (changed[path.split(".")[0]] ??= {})[path] = value;
    const user = override(parse(stringify({ ...tenant.user, user_id: config.userId, identities: config.identities })), changed.user);
    const whole = override(context, changed.context);
    globalThis.configuration = recorded(override({ ...tenant.configuration }, changed.configuration), "configuration");
    return new Promise((resolve, reject) => {
      const idToken = whole.idToken;
      rule(recorded(user, "user"), new Proxy(whole, {
        get(target, name) {
          if (name === "idToken" || name === "accessToken" || typeof name === "symbol") return target[name];
          return recorded(target, "context")[name];
        },
      }), (error, _user, returned) => {
        if (step.ended) { step.late.push("calls back twice"); return; }
        step.ended = true;
        if (error) step.denials.push(`${error.message ?? error}`);
        const end = returned ?? whole;
        for (const [kind, each] of [["id token", end.idToken], ["access token", end.accessToken]]) {
          for (const [name, value] of Object.entries(each ?? {})) {
            step.claims.push({ kind, name, value: parse(stringify(value ?? null)), afterDenial: Boolean(error) });
          }
        }
        whole.idToken = end.idToken ?? idToken;
        if (error) reject(error);
        else resolve(whole);
      });
    }).catch((error) => { if (step.denials.length === 0) throw error; return whole; });
  }

  function advance() {
    const next = run.timers.reduce((best, each) => (!best || each.at < best.at || (each.at === best.at && each.order < best.order) ? each : best), null);
    if (!next || next.at > 20000) return false;
    run.clock = Math.max(run.clock, next.at);
    if (next.every) next.at += next.every;
    else run.timers = run.timers.filter((each) => each !== next);
    Promise.resolve().then(() => next.act(...next.args));
    return true;
  }

  return {
    load,
    enter: (text) => { tenant = parse(text); },
    begin,
    settled: () => run.settled === true,
    advance,
    outcome: () => stringify({
      steps: run.steps, breaches: run.breaches, asked: run.asked, reads: run.reads, hung: run.settled !== true, broken: run.broken ?? "",
    }),
    seen: () => stringify({ texts: [...seenTexts], numbers: [...seenNumbers], looked }),
    reset: () => { cache.clear(); },
  };
})
