// Part of inside.js: GitHub, Auth0, and the fetch that reaches the two and nothing else.

const lower = (text) => `${text}`.toLowerCase();
const found = (json, headers = {}) => ({ status: 200, json, headers });
const missing = { status: 404, json: { message: "Not Found" } };
const forbidden = { status: 403, json: { message: "Forbidden" } };

// What an account is and what of it was written stays the same for all runs: nothing that the code gets to see is kept.
const remembered = new WeakMap();
function once(owner, name, make) {
  let kept = remembered.get(owner);
  if (!kept) remembered.set(owner, (kept = new Map()));
  let value = kept.get(name);
  if (value === undefined) kept.set(name, (value = make()));
  return value;
}

const accounts = new Map();
function accountOf(text) {
  let account = accounts.get(text);
  if (account === undefined) {
    if (accounts.size >= 100) accounts.clear();
    accounts.set(text, (account = parse(text)));
  }
  return account;
}

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
  return found(once(list, `${page} of ${size}`, () => list.slice((page - 1) * size, page * size)), headers);
}

function github(url, method, headers) {
  const token = /^(?:bearer|token) (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const me = Object.hasOwn(run.accounts, token) ? accountOf(run.accounts[token]) : undefined;
  if (!me) return ["unauthorised", { status: 401, json: { message: "Bad credentials" } }];
  const scoped = me.scopes.includes("read:org");
  const parts = url.pathname.split("/").slice(1).map(decodeURIComponent);
  const [answered, answer] = githubRoute(parts, url, method, me, scoped);
  const shown = me.scopesShown !== false && answer.status && { headers: { ...answer.headers, "x-oauth-scopes": me.scopes.join(", ") } };
  return [answered, { ...answer, ...shown }];
}

function githubRoute(parts, url, method, me, scoped) {
  const [first, second, third, fourth] = parts;
  const mine = (organisation) => me.orgs.find((each) => lower(each.login) === lower(organisation));
  const shape = (each) => ({ login: each.login, id: each.id ?? 1, description: each.description ?? null });
  const membership = (each) => ({ state: each.state, role: each.role ?? "member", user: { login: me.login, id: me.id }, organization: shape(each) });
  const gated = (answer) => (scoped ? answer() : me.fineGrained ? found([]) : forbidden);
  if (method !== "GET") return ["other", forbidden];
  if (first === "user") {
    if (parts.length === 1) return ["user", found({ ...me.profile, login: me.login, id: me.id })];
    if (second === "emails") return ["emails", found([{ email: me.profile.email, primary: true, verified: true }])];
    if (second === "orgs") return ["orgs", gated(() => paged(url, once(me, "orgs", () => me.orgs.filter((each) => each.state === "active").map(shape))))];
    if (second === "teams") return ["teams", gated(() => paged(url, me.teams))];
    if (second === "memberships" && third === "orgs" && !fourth) {
      const state = url.searchParams.get("state");
      const ofState = () => me.orgs.filter((each) => !state || each.state === state).map(membership);
      return ["memberships", gated(() => paged(url, once(me, `memberships ${state}`, ofState)))];
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
    const teams = tenant.organisationTeams.map((slug) => ({ slug, name: slug, organization: { login: second } }));
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
    const { client } = tenant;
    const known = client.ids.includes(asked.client_id) && client.secrets.includes(asked.client_secret)
      && asked.grant_type === "client_credentials" && asked.audience === `https://${tenant.host}/api/v2/`;
    return ["token", known ? found({ access_token: tenant.managementToken, token_type: "Bearer" }) : { status: 401, json: { error: "access_denied" } }];
  }
  if (headers.get("authorization") !== `Bearer ${tenant.managementToken}`) return ["other", { status: 401, json: {} }];
  const asked = /^\/api\/v2\/users\/([^/]+)$/.exec(url.pathname)?.[1];
  if (asked === undefined || decodeURIComponent(asked) !== run.config.userId) return ["other", missing];
  return ["profile", found({ user_id: run.config.userId, identities: run.config.identities })];
}

function answerTo(url, method, headers, body, followed) {
  const host = url.host === "api.github.com" ? "github" : url.host === tenant.host ? "auth0" : "";
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
  #headers;
  constructor(answer, url, redirected, signal) {
    this.#answer = answer;
    this.#signal = signal;
    this.status = answer.status ?? 200;
    this.ok = this.status >= 200 && this.status < 300;
    this.statusText = this.ok ? "OK" : "";
    Object.assign(this, { url, redirected, type: "basic", bodyUsed: false });
  }
  get headers() { return (this.#headers ??= new Headers({ "content-type": "application/json", ...this.#answer.headers })); }
  async text() {
    if (this.bodyUsed) throw new TypeError("Body is unusable");
    this.bodyUsed = true;
    await null;
    if (this.#answer.hang === "within") return waiting(this.#signal);
    if (this.#answer.hang === "cut") throw new TypeError("terminated");
    const { text, json } = this.#answer;
    return text ?? (Array.isArray(json) ? once(json, "text", () => stringify(json)) : stringify(json));
  }
  async json() { return parse(await this.text()); }
  clone() { return new Response(this.#answer, this.url, this.redirected, this.#signal); }
}
