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
  let run = null;
  let baseEvent = null;

  function breach(what) {
    if (run) run.breaches.push(what);
    throw new Error(`${what} is not there`);
  }

  // -- what Node and Auth0 offer ---------------------------------------------------------------------------------------

  class URLSearchParams {
    #pairs = [];
    constructor(init = "") {
      if (typeof init === "string") {
        for (const part of init.replace(/^\?/, "").split("&")) {
          if (!part) continue;
          const [name, ...rest] = part.split("=");
          const plain = (text) => decodeURIComponent(text.replaceAll("+", " "));
          this.#pairs.push([plain(name), plain(rest.join("="))]);
        }
      } else {
        for (const [name, value] of Symbol.iterator in init ? init : Object.entries(init)) this.#pairs.push([`${name}`, `${value}`]);
      }
    }
    get(name) { return this.#pairs.find(([each]) => each === name)?.[1] ?? null; }
    getAll(name) { return this.#pairs.filter(([each]) => each === name).map(([, value]) => value); }
    has(name) { return this.#pairs.some(([each]) => each === name); }
    append(name, value) { this.#pairs.push([`${name}`, `${value}`]); }
    delete(name) { this.#pairs = this.#pairs.filter(([each]) => each !== name); }
    set(name, value) { this.delete(name); this.append(name, value); }
    entries() { return this.#pairs[Symbol.iterator](); }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&"); }
  }

  class URL {
    constructor(address, base) {
      const [asked, from] = [`${address}`, base === undefined ? "" : `${base}`];
      let text = "";
      try { text = splitUrl(asked, from); } catch { text = ""; } // an error from outside never gets in
      if (!text) throw new TypeError("Invalid URL");
      Object.assign(this, parse(text));
      this.searchParams = new URLSearchParams(this.query);
      delete this.query;
    }
    get search() { const text = this.searchParams.toString(); return text && `?${text}`; }
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

  // -- GitHub and Auth0 ------------------------------------------------------------------------------------------------

  const lower = (text) => `${text}`.toLowerCase();
  const found = (json, headers = {}) => ({ status: 200, json, headers });
  const missing = { status: 404, json: { message: "Not Found" } };
  const forbidden = { status: 403, json: { message: "Forbidden" } };

  function paged(url, list) {
    const size = Math.min(Number(url.searchParams.get("per_page")) || 30, run.config.pageSize ?? 100, 100);
    const page = Number(url.searchParams.get("page")) || 1;
    const headers = {};
    const last = page * size >= list.length;
    if (!last && run.config.links !== "none") {
      const next = new URL(url.href);
      next.searchParams.set("page", page + 1);
      const address = run.config.links === "foreign" ? `https://api.github.com.evil.example.org${next.pathname}${next.search}` : next.href;
      headers.link = `<${address}>; rel="next", <${next.href}>; rel="last"`;
    }
    return found(list.slice((page - 1) * size, page * size), headers);
  }

  function github(url, method, headers) {
    const token = /^(?:bearer|token) (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    const me = run.config.accounts[token];
    if (!me) return ["unauthorised", { status: 401, json: { message: "Bad credentials" } }];
    const scoped = me.scopes.includes("read:org");
    const parts = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const [answered, answer] = githubRoute(parts, url, method, me, scoped);
    if (me.scopesShown !== false && answer.status) answer.headers = { ...answer.headers, "x-oauth-scopes": me.scopes.join(", ") };
    return [answered, { ...answer }];
  }

  function githubRoute(parts, url, method, me, scoped) {
    const [first, second, third, fourth] = parts;
    const active = me.orgs.filter((each) => each.state === "active");
    const mine = (organisation) => me.orgs.find((each) => lower(each.login) === lower(organisation));
    const shape = (each) => ({ login: each.login, id: each.id ?? 1, description: each.description ?? null });
    const membership = (each) => ({ state: each.state, role: each.role ?? "member", user: { login: me.login, id: me.id }, organization: shape(each) });
    const gated = (answer) => (scoped ? answer() : me.fineGrained ? found([]) : forbidden);
    if (method !== "GET") return ["other", forbidden];
    if (first === "user") {
      if (parts.length === 1) return ["user", found({ ...me.profile, login: me.login, id: me.id })];
      if (second === "emails") return ["emails", found([{ email: me.profile.email, primary: true, verified: true }])];
      if (second === "orgs") return ["orgs", gated(() => paged(url, active.map(shape)))];
      if (second === "teams") return ["teams", gated(() => paged(url, me.teams))];
      if (second === "memberships" && third === "orgs" && !fourth) {
        const state = url.searchParams.get("state");
        return ["memberships", gated(() => paged(url, me.orgs.filter((each) => !state || each.state === state).map(membership)))];
      }
      if (second === "memberships" && third === "orgs") {
        const asked = mine(fourth);
        return ["membership", !scoped ? forbidden : asked ? found(membership(asked)) : missing];
      }
    }
    if (first === "users" && third === "orgs") return ["public orgs", found([])];
    if (first === "orgs") {
      const asked = mine(second);
      const inside = scoped && asked?.state === "active";
      const teams = run.config.organisationTeams.map((slug) => ({ slug, name: slug, organization: { login: second } }));
      const member = (slug) => me.teams.some((each) => each?.slug === slug && lower(each.organization?.login) === lower(second));
      if (third === "members") return ["member", lower(fourth) !== lower(me.login) ? missing : inside ? { status: 204, text: "" } : missing];
      if (third === "memberships") return ["org membership", inside && lower(fourth) === lower(me.login) ? found(membership(asked)) : forbidden];
      if (third === "teams" && !fourth) return ["org teams", inside ? paged(url, teams) : forbidden];
      if (third === "teams" && parts[4] === "memberships") {
        return ["team membership", inside && member(fourth) ? found({ state: "active", role: "member" }) : missing];
      }
      if (third === "teams" && parts[4] === "members") {
        return ["team members", inside ? paged(url, member(fourth) ? [{ login: me.login, id: me.id }] : [{ login: "somebody", id: 2 }]) : missing];
      }
    }
    return ["other", missing];
  }

  function auth0(url, method, headers, body) {
    if (url.pathname === "/oauth/token" && method === "POST") {
      let asked;
      try { asked = parse(body); } catch { asked = Object.fromEntries(new URLSearchParams(body)); }
      const { client } = run.config;
      const known = client.ids.includes(asked.client_id) && client.secrets.includes(asked.client_secret)
        && asked.grant_type === "client_credentials" && asked.audience === `https://${run.config.tenant}/api/v2/`;
      return ["token", known ? found({ access_token: run.config.managementToken, token_type: "Bearer" }) : { status: 401, json: { error: "access_denied" } }];
    }
    if (headers.get("authorization") !== `Bearer ${run.config.managementToken}`) return ["other", { status: 401, json: {} }];
    const asked = /^\/api\/v2\/users\/([^/]+)$/.exec(url.pathname)?.[1];
    if (asked === undefined || decodeURIComponent(asked) !== run.config.userId) return ["other", missing];
    return ["profile", found({ user_id: run.config.userId, identities: run.config.identities })];
  }

  function answerTo(url, method, headers, body, followed) {
    const host = url.host === "api.github.com" ? "github" : url.host === run.config.tenant ? "auth0" : "";
    if (!host || url.protocol !== "https:") {
      if (!followed) run.breaches.push(`a request to ${url.origin}`);
      return followed ? found(run.config.foreignAnswer) : null;
    }
    const [route, honest] = host === "github" ? github(url, method, headers) : auth0(url, method, headers, body);
    const name = `${host}:${route}`;
    run.asked.push(name);
    const number = run.asked.length;
    const lie = run.config.lies.find((each) => (each.route === name || each.route === "*" || each.route === `${host}:*`)
      && (each.number === undefined || each.number === run.asked.filter((one) => one === name).length)
      && (each.at === undefined || each.at === number));
    return lie ? { ...lie.answer } : honest;
  }

  const waiting = (signal) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

  async function fetch(address, options = {}) {
    if (address instanceof Request) ({ address, options } = { address: address.url, options: { ...address.options, ...options } });
    let url = new URL(address);
    let { method = "GET", body } = options;
    const headers = new Headers(options.headers ?? {});
    const { signal } = options;
    if (signal?.aborted) throw signal.reason;
    if (++run.requests > 500) throw new TypeError("fetch failed");
    for (let hop = 0; ; hop++) {
      const answer = answerTo(url, method.toUpperCase(), headers, body === undefined ? "" : `${body}`, hop > 0);
      await null;
      if (signal?.aborted) throw signal.reason;
      if (!answer) throw new TypeError("fetch failed");
      if (answer.hang === "before") return waiting(signal);
      const location = answer.headers?.location;
      if (location && answer.status >= 300 && answer.status < 400 && options.redirect !== "manual") {
        if (options.redirect === "error" || hop >= 20) throw new TypeError("fetch failed");
        const next = new URL(location, url.href);
        if (next.origin !== url.origin) headers.set("authorization", "");
        url = next;
        continue;
      }
      return new Response(answer, url.href, hop > 0, signal);
    }
  }

  class Request {
    constructor(address, options = {}) { this.url = `${address}`; this.options = options; }
  }

  class Response {
    #answer;
    #signal;
    constructor(answer, url, redirected, signal) {
      this.#answer = answer;
      this.#signal = signal;
      this.status = answer.status ?? 200;
      this.ok = this.status >= 200 && this.status < 300;
      this.statusText = this.ok ? "OK" : "";
      this.headers = new Headers({ "content-type": "application/json", ...answer.headers });
      Object.assign(this, { url, redirected, type: "basic", bodyUsed: false });
    }
    async text() {
      if (this.bodyUsed) throw new TypeError("Body is unusable");
      this.bodyUsed = true;
      await null;
      if (this.#answer.hang === "within") return waiting(this.#signal);
      if (this.#answer.hang === "cut") throw new TypeError("terminated");
      return this.#answer.text ?? stringify(this.#answer.json);
    }
    async json() { return parse(await this.text()); }
    clone() { return new Response(this.#answer, this.url, this.redirected, this.#signal); }
  }

  // -- what the code reads is remembered -------------------------------------------------------------------------------

  function note(value) {
    if (typeof value === "string" && value.length > 0 && value.length <= 200 && seenTexts.size < 3000) seenTexts.add(value);
    if (typeof value === "number" && Number.isFinite(value)) seenNumbers.add(value);
    if (value instanceof RealDate && !Number.isNaN(value.getTime())) seenNumbers.add(value.getTime());
    return value;
  }

  // Values of `changes` by path come before what the object holds; what the code writes is kept for this step alone.
  function recorded(value, path, changes = {}) {
    return new Proxy(value, {
      set(_, name, given) {
        changes[`${path}.${String(name)}`] = given;
        return true;
      },
      get(target, name) {
        if (typeof name === "symbol") return target[name];
        const at = `${path}.${name}`;
        const inner = Object.hasOwn(changes, at) ? changes[at] : target[name];
        if (typeof inner === "function") return inner;
        if (!name.startsWith("__") && (run.reads[at] === undefined || inner === undefined)) run.reads[at] = inner === null ? "null" : Array.isArray(inner) ? "array" : typeof inner;
        return inner && typeof inner === "object" ? recorded(inner, at, changes) : inner;
      },
    });
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
  const now = () => run.config.now + run.clock;
  const VirtualDate = new Proxy(RealDate, {
    construct: (target, given, as) => Reflect.construct(target, given.length ? given : [now()], as === VirtualDate ? target : as),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : target[name]),
  });
  Object.defineProperty(RealDate.prototype, "constructor", { value: VirtualDate });
  Math.random = () => run.config.random;
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
  for (const each of [Promise, Promise.prototype, Array.prototype, Map.prototype, Set.prototype, Reflect, Proxy, JSON, Object, String.prototype, RegExp.prototype, Function.prototype]) {
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

  function begin(text) {
    const config = parse(text);
    run = { config, clock: 0, order: 0, timers: [], requests: 0, asked: [], breaches: [], reads: {}, steps: [] };
    runSteps().then(() => { run.settled = true; }, (error) => { run.settled = true; run.broken = `${error}`; });
  }

  async function runSteps() {
    const { config } = run;
    const rules = config.engine === "rules";
    let context = rules && { ...parse(stringify(config.context)), idToken: {}, accessToken: {} };
    for (const key of config.steps) {
      const step = { denials: [], claims: [], late: [], threw: "", ended: false };
      run.steps.push(step);
      try {
        if (rules) context = await runRule(loaded.get(key), context, step);
        else await runAction(loaded.get(key), { ...baseEvent, secrets: secretsOf.get(key) }, step);
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
    const user = override(parse(stringify({ ...config.user, identities: config.identities })), changed.user);
    const whole = override(context, changed.context);
    globalThis.configuration = recorded(override({ ...config.configuration }, changed.configuration), "configuration");
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
    events: (text) => { baseEvent = parse(text); },
    begin,
    settled: () => run.settled === true,
    advance,
    outcome: () => stringify({
      steps: run.steps, breaches: run.breaches, asked: run.asked, reads: run.reads, hung: run.settled !== true, broken: run.broken ?? "",
    }),
    seen: () => stringify({ texts: [...seenTexts], numbers: [...seenNumbers] }),
    reset: () => { cache.clear(); },
  };
})
