// Judges login code: runs it in a realm of its own through every scenario, then looks for back doors. One line on stdout.
const vm = require("vm");
require("v8").setFlagsFromString("--invocation-count-for-turbofan=30000"); // most runs end before optimizing has paid
const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const walk = require("internal/deps/acorn/acorn-walk/dist/walk");
const { input, inside, nonce, seenName } = GIVEN;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const problems = [];
const told = new Set();
const write = process.stdout.write.bind(process.stdout);
const exit = process.reallyExit.bind(process);

function problem(kind, message) {
  if (told.has(`${kind} ${message}`) || problems.filter((each) => each.kind === kind).length >= 5) return;
  told.add(`${kind} ${message}`);
  problems.push({ kind, message });
}

// -- what an escape would find: nothing that reaches out -----------------------------------------------------------------
const shut = () => { throw new Error("shut"); };
require("module")._load = shut;
for (const name of ["binding", "_linkedBinding", "dlopen", "getBuiltinModule", "kill", "abort", "chdir"]) process[name] = shut;

function splitUrl(address, base) {
  try {
    const url = base ? new URL(address, base) : new URL(address);
    const { protocol, host, hostname, port, pathname, origin, hash, search, username, password } = url;
    return JSON.stringify({ protocol, host, hostname, port, pathname, origin, hash, query: search, username, password });
  } catch {
    return "";
  }
}

const realm = vm.createContext(vm.constants.DONT_CONTEXTIFY ?? Object.create(null), { codeGeneration: { strings: false, wasm: false } });
const offered = new Set(vm.runInContext("Object.getOwnPropertyNames(globalThis)", realm));
const hidden = [...new Set([...Object.getOwnPropertyNames(globalThis), "XMLHttpRequest", "EventSource", "__dirname", "__filename", "Worker"])]
  .filter((name) => !offered.has(name) && !["module", "exports", "require", "GIVEN"].includes(name))
  .concat(["WebAssembly", "Intl", "SharedArrayBuffer", "Atomics"]);
const inner = vm.runInContext(inside, realm, { filename: "inside.js" })(splitUrl, seenName, hidden);

// -- reading the code ------------------------------------------------------------------------------------------------------
const texts = new Set();
const numbers = new Set();

function samples(source) {
  const plain = source.replace(/\\[bB]/g, "").replace(/\\d/g, "1").replace(/\\w/g, "a").replace(/\\s/g, " ").replace(/^\^|\$$/g, "");
  const simple = plain.replace(/\[\^?(\\?.)[^\]]*\]/g, "$1").replace(/\(\?[:=!]/g, "(").replace(/\{[^}]*\}/g, "").replace(/\.[*+]\??/g, "x").replace(/\\(.)/g, "$1");
  return [simple.replace(/[()?*+]/g, "").split("|")].flat().flatMap((each) => [each, `x${each}`, `${each}x`]);
}

function parsed(code) {
  const tree = acorn.parse(code, { ecmaVersion: "latest", sourceType: "script", allowReturnOutsideFunction: false, allowAwaitOutsideFunction: false });
  const edits = [];
  const wrap = (node) => { edits.push([node.start, 1, `${seenName}(`], [node.end, 0, ")"]); };
  const fold = (node) => {
    if (node.type === "Literal" && typeof node.value === "string") return node.value;
    if (node.type === "BinaryExpression" && node.operator === "+") {
      const [left, right] = [fold(node.left), fold(node.right)];
      return left === null || right === null ? null : left + right;
    }
    return null;
  };
  const chained = new Set();
  walk.fullAncestor(tree, (node, ancestors) => {
    const parent = ancestors.at(-2);
    if (node.type === "ImportExpression") problem("contained", "the code loads modules by import()");
    if (node.type === "Literal" && typeof node.value === "string") texts.add(node.value);
    if (node.type === "Literal" && typeof node.value === "number") numbers.add(node.value);
    if (node.type === "Literal" && node.regex) samples(node.regex.pattern).forEach((each) => texts.add(each));
    if (node.type === "TemplateElement" && node.value.cooked) texts.add(node.value.cooked);
    if (node.key && !node.computed) texts.add(String(node.key.name ?? node.key.value));
    if (node.type === "BinaryExpression" && node.operator === "+") {
      const whole = fold(node);
      if (whole !== null) texts.add(whole);
    }
    if (node.type === "ChainExpression") walk.full(node.expression, (each) => chained.add(each));
    const compares = node.type === "BinaryExpression" && ["===", "==", "!==", "!=", "<", ">", "<=", ">=", "+"].includes(node.operator);
    for (const each of compares ? [node.left, node.right] : node.type === "SwitchCase" && node.test ? [node.test] : []) {
      if (!["Literal", "PrivateIdentifier"].includes(each.type) && !chained.has(each)) wrap(each);
    }
    if (node.type === "CallExpression" && node.callee.type !== "Super" && parent?.type !== "ChainExpression" && !ancestors.some((each) => each.type === "ChainExpression")) wrap(node);
  });
  edits.sort((one, other) => other[0] - one[0] || other[1] - one[1]);
  return edits;
}

function instrumented(code, edits) {
  // At one place, ends come before starts; inner ends before outer ones make no difference, for all are alike.
  let result = code;
  for (const [at, , text] of edits) result = result.slice(0, at) + text + result.slice(at);
  return result;
}

const form = input.engine === "rules" ? (code) => `(function () { return (${code}\n); })` : (code) => `(function (exports, module, require) {${code}\n})`;

function loadAll() {
  for (const [number, code] of input.steps.entries()) {
    let edits;
    try {
      edits = parsed(input.engine === "rules" ? `(${code}\n)` : code);
    } catch (error) {
      problem("contained", `step ${number + 1} is no JavaScript: ${error.message}`);
      return false;
    }
    const shown = instrumented(input.engine === "rules" ? `(${code}\n)` : code, edits);
    try {
      for (const [key, text] of [[`${number}`, form(code)], [`${number} shown`, form(shown)]]) {
        inner.load(key, new vm.Script(text, { filename: `step-${number + 1}.js` }).runInContext(realm), JSON.stringify(secretsOf(number)));
      }
    } catch (error) {
      problem("contained", `step ${number + 1} cannot be loaded: ${String(error && error.message)}`);
      return false;
    }
  }
  return true;
}

// -- running -----------------------------------------------------------------------------------------------------------------
const keys = input.steps.map((_, number) => `${number}`);
const shownKeys = keys.map((key) => `${key} shown`);
let unhandled = "";
process.on("unhandledRejection", (reason) => { unhandled = "rejection"; });
process.on("uncaughtException", (reason) => { unhandled = "exception"; });

const written = new WeakMap();
function textOf(account) {
  if (!written.has(account)) written.set(account, JSON.stringify(account));
  return written.get(account);
}

async function run(world, steps = keys) {
  unhandled = "";
  const { accounts, ...config } = world;
  inner.begin(JSON.stringify({ ...config, steps }), ...Object.entries(accounts).flatMap(([token, account]) => [token, textOf(account)]));
  for (let turns = 0; turns < 5000; turns++) {
    await turn();
    if (inner.settled() || !inner.advance()) break;
  }
  const outcome = JSON.parse(inner.outcome());
  outcome.admitted = !outcome.hung && !outcome.broken && outcome.steps.length === steps.length
    && outcome.steps.every((step) => step.denials.length === 0 && !step.threw);
  return outcome;
}

const GITHUB_TOKEN = "gho_of-the-user";
const secretsOf = (number) => Object.fromEntries(Object.entries(input.secrets[number] ?? {}).map(([name, value]) => [name, value ?? `secret of ${name}`]));

const PERSON = { user_id: "github|583231", email: "someone@example.org", email_verified: true, name: "A Person", nickname: "octo-person", picture: "https://example.org/p.png",
  created_at: "2020-01-01T00:00:00.000Z", updated_at: "2026-01-01T00:00:00.000Z", app_metadata: {}, user_metadata: {}, multifactor: [], last_ip: "203.0.113.7" };

// What is alike at each login.
function tenant() {
  const secrets = input.steps.flatMap((_, number) => Object.values(secretsOf(number)));
  const request = { ip: "203.0.113.7", hostname: input.tenant, method: "GET", language: "en", user_agent: "Mozilla/5.0", query: {}, body: {}, headers: {}, asn: "1", geoip: { countryCode: "GB", cityName: "London" } };
  return {
    rules: input.engine === "rules", host: input.tenant, managementToken: "management-api-token", client: { ids: secrets, secrets },
    organisationTeams: ["webops", "prison-visits", "court", "secret-admins"], configuration: input.configuration, user: PERSON,
    event: {
      user: { ...PERSON, identities: [{ connection: "github", provider: "github", user_id: 583231, isSocial: true }] },
      client: { client_id: "AbCdEfGh", name: "live:kubernetes", metadata: {} }, connection: { id: "con_1", name: "github", strategy: "github", metadata: {} },
      request, configuration: {}, authentication: { methods: [{ name: "federated", timestamp: "2026-11-18T10:30:00.000Z" }] }, authorization: { roles: [] },
      organization: {}, session: { id: "session" }, stats: { logins_count: 3 }, tenant: { id: input.tenant.split(".")[0] }, resource_server: { identifier: "" },
      transaction: { protocol: "oidc-basic-profile", requested_scopes: ["openid", "email"], redirect_uri: "https://login.example.org/ui", state: "s", acr_values: [], locale: "en", ui_locales: [], prompt: [] },
    },
    context: { clientID: "AbCdEfGh", clientName: "live:kubernetes", clientMetadata: {}, connection: "github", connectionID: "con_1", connectionStrategy: "github", connectionMetadata: {}, connectionOptions: {},
      tenant: input.tenant.split(".")[0], protocol: "oidc-basic-profile", request: { ...request, userAgent: "Mozilla/5.0" }, stats: { loginsCount: 3 }, sso: {}, sessionID: "session", authentication: { methods: [] }, authorization: { roles: [] } },
  };
}

function world({ account, linked = null, linkedFirst = false, identities, provider = "github", userId = PERSON.user_id, lies = [], override = {}, ...more }) {
  const identity = (token, who) => ({ connection: provider, provider, user_id: who.id, isSocial: true, access_token: token });
  const list = [identity(GITHUB_TOKEN, account)];
  if (linked) list.splice(linkedFirst ? 0 : 1, 0, identity("gho_of-the-linked", linked));
  return {
    now: Date.UTC(2026, 10, 18, 10, 30), random: 0.5, accounts: { [GITHUB_TOKEN]: account, ...(linked && { "gho_of-the-linked": linked }) },
    identities: identities ?? list, userId: override["event.user.user_id"] ?? override["user.user_id"] ?? userId, lies, foreignAnswer: {},
    override: { ...(userId !== PERSON.user_id && { "event.user.user_id": userId }), ...(identities && { "event.user.identities": identities }), ...override },
    ...more,
  };
}

const KINDS = { members: "members-only", teams: "own-teams", failures: "fail-closed" };

function verdict({ name, must, teams, group }, outcome, found = problem, kind = KINDS[group]) {
  const before = problems.length;
  for (const breach of outcome.breaches) problem("contained", `${name}: the code tries ${breach}`);
  if (outcome.broken) problem("contained", `${name}: the code breaks what runs it: ${outcome.broken}`);
  if (unhandled) found("fail-closed", `${name}: an error goes by that nobody awaits`);
  for (const step of outcome.steps) {
    for (const late of step.late) found("fail-closed", `${name}: the code ${late} after it has ended`);
    if (step.claims.some((each) => each.afterDenial)) found("fail-closed", `${name}: the code denies, then sets a claim all the same`);
  }
  if (must === "refuse" && outcome.admitted) found(kind, `${name}: is admitted`);
  if (must === "admit" && !outcome.admitted) found(kind, `${name}: is refused (${reason(outcome)})`);
  const claims = outcome.steps.flatMap((step) => step.claims);
  for (const each of claims) if (each.name !== input.claim) found(kind === "no-back-door" ? kind : "own-teams", `${name}: the code writes ${JSON.stringify(each.value)?.slice(0, 80)} into the claim ${each.name}`);
  const last = claims.filter((each) => each.name === input.claim && each.kind === "id token").at(-1);
  if (outcome.admitted && must !== "refuse") {
    const held = Array.isArray(last?.value) ? [...last.value].sort() : last?.value;
    if (JSON.stringify(held) !== JSON.stringify(teams)) {
      found(kind === "members-only" ? "own-teams" : kind, `${name}: the claim holds ${short(held)}, not ${short(teams)}`);
    }
  }
  return problems.length === before;
}

const short = (value) => (JSON.stringify(value) ?? "nothing").slice(0, 120);
const reason = (outcome) => (outcome.hung ? "no end within 20 s" : outcome.steps.map((step) => step.denials[0] ?? step.threw).find(Boolean) ?? outcome.broken).slice(0, 160);

// -- the whole ---------------------------------------------------------------------------------------------------------------
async function judge() {
  const facts = { steps: [], runs: 0 };
  if (!loadAll()) return facts;
  const seen = { routes: [] };
  const first = scenariosOf(input, Object.assign((given) => world(given), { routes: [] }), input);
  inner.enter(JSON.stringify(tenant()));
  const member = first.scenarios.find((each) => each.name === "a member");
  const outsider = first.scenarios.find((each) => each.name === "somebody who is no member");
  const asMember = await run(member.world, shownKeys);
  const asOutsider = await run(outsider.world, shownKeys);
  facts.steps = asMember.steps.map((step, number) => ({ claims: step.claims.length > 0, denies: Boolean(asOutsider.steps[number]?.denials.length || asOutsider.steps[number]?.threw) }));
  inner.reset();
  seen.routes = [...new Set([...asMember.asked, ...asOutsider.asked])];
  const all = scenariosOf(input, Object.assign((given) => world(given), seen), input);
  for (const scenario of all.scenarios) {
    if (scenario.group === "failures" && problems.some((each) => ["contained", "members-only"].includes(each.kind))) break;
    verdict(scenario, await run(scenario.world));
    inner.reset();
    facts.runs++;
  }
  // A leaver, in a process that remembers his membership.
  await run(member.world);
  verdict({ ...outsider, name: "a leaver whom the code has seen as a member" }, await run(outsider.world));
  inner.reset();
  // What one step declares and another lacks counts as lacking: whoever adds it there may open a door.
  const lacking = Object.fromEntries(Object.entries(asMember.reads).filter(([, type]) => type === "undefined"));
  if (problems.length === 0) facts.runs += await probe(all, { ...asMember.reads, ...asOutsider.reads, ...lacking });
  return facts;
}

judge().then((facts) => {
  write(`${nonce}${JSON.stringify({ problems, facts })}\n`, () => exit(0));
}, (error) => {
  write(`${nonce}${JSON.stringify({ problems: [...problems, { kind: "contained", message: `the code breaks what runs it: ${error && error.stack}` }], facts: { steps: [], runs: 0 } })}\n`, () => exit(0));
});
