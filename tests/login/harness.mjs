// Runs login code against a GitHub and an Auth0 on the loopback interface.
// stdin: {engine, runs: [{codes, scenarios}], organisation, tenant, configuration, client}; stdout: one outcome per
// step, scenario and run.
import http from "node:http";

const SHORT_MS = 100; // from when an answer is known never to come
const LONG_MS = 60000;
const AT_ONCE = 8;
const GITHUB_TOKEN = "gho_token-of-the-user";
const MANAGEMENT_TOKEN = "management-api-token";

const input = JSON.parse(await new Promise((resolve) => {
  let text = "";
  process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => resolve(text));
}));

const worlds = new Map();
const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    const [, id, host, ...path] = request.url.split("/");
    const world = worlds.get(id);
    const url = new URL(`http://${host}/${path.join("/")}`);
    world.requests.push({ host, path: url.pathname, authorization: request.headers.authorization ?? null, body });
    answer(response, host === "github" ? github(world, request, url) : auth0(world, request, url, body), world);
  });
});

function auth0(world, request, url, body) {
  const { answers } = world.scenario;
  if (url.pathname === "/oauth/token" && request.method === "POST") {
    if (answers["auth0:token"]) return answers["auth0:token"];
    const asked = JSON.parse(body);
    const known = asked.client_id === input.client.id && asked.client_secret === input.client.secret &&
      asked.grant_type === "client_credentials" && asked.audience === `https://${input.tenant}/api/v2/`;
    return known ? { json: { access_token: MANAGEMENT_TOKEN } } : { status: 401, json: { error: "access_denied" } };
  }
  if (request.headers.authorization !== `Bearer ${MANAGEMENT_TOKEN}`) return { status: 401, json: {} };
  if (url.pathname !== `/api/v2/users/${encodeURIComponent(world.event.user.user_id)}`) return { status: 404, json: {} };
  return answers["auth0:user"] ?? { json: { identities: world.identities } };
}

function github(world, request, url) {
  const { answers } = world.scenario;
  if (request.headers.authorization !== `Bearer ${GITHUB_TOKEN}`) return { status: 401, json: { message: "Bad credentials" } };
  if (!request.headers["user-agent"]) return { status: 403, text: "Request forbidden by administrative rules" };
  if (url.pathname.toLowerCase() === `/user/memberships/orgs/${input.organisation.toLowerCase()}`) {
    return answers["github:membership"];
  }
  if (url.pathname === "/user/teams") {
    const pages = answers["github:teams"];
    const last = pages.at(-1);
    return pages[Number(url.searchParams.get("page") ?? 1) - 1] ?? (last.headers?.link ? last : { json: [] });
  }
  if (url.pathname === "/anywhere/membership") {
    return { json: { state: "active", organization: { login: input.organisation } } };
  }
  return { status: 404, json: { message: "Not Found" } };
}

// Patience ends only where an answer never comes: a busy machine is no reason to give up on one that does.
function endPatience(world) {
  world.hung = true;
  setTimeout(() => {
    for (const [timer, act] of world.timers) {
      clearTimeout(timer);
      act();
    }
    world.timers.clear();
  }, SHORT_MS);
}

function answer(response, given, world) {
  if (given.hang === "before") {
    endPatience(world);
    return world.open.push(response);
  }
  const headers = Object.fromEntries(
    Object.entries(given.headers ?? {}).map(([name, value]) => [name, value.replaceAll("SELF", world.base)]),
  );
  response.writeHead(given.status ?? 200, { "content-type": "application/json", ...headers });
  if (given.hang === "within") {
    response.write("[");
    endPatience(world);
    return world.open.push(response);
  }
  if (given.hang === "cut") return response.write("[", () => response.destroy());
  return response.end(given.text ?? JSON.stringify(given.json));
}

const deepCopy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

function sandbox(world) {
  const hosts = { "https://api.github.com": "github", [`https://${input.tenant}`]: "auth0" };
  return {
    setTimeout: (act, ms) => {
      world.budgets.push(ms);
      const timer = setTimeout(act, world.hung ? SHORT_MS : LONG_MS);
      world.timers.set(timer, act);
      return timer;
    },
    clearTimeout: (timer) => {
      world.timers.delete(timer);
      clearTimeout(timer);
    },
    console: { log: (...words) => world.logs.push(words.join(" ")) },
    fetch: (address, options) => {
      const url = new URL(address);
      const host = hosts[url.origin];
      if (!host) {
        world.requests.push({ host: url.host, path: url.pathname, authorization: JSON.stringify(options) });
        return Promise.reject(new TypeError("fetch failed"));
      }
      return fetch(`${world.base}/${host}${url.pathname}${url.search}`, options);
    },
    require: (name) => {
      throw new Error(`no module ${name}`);
    },
  };
}

async function runAction(code, world) {
  const denials = [];
  const claims = {};
  const api = {
    access: { deny: (reason) => denials.push(reason) },
    idToken: { setCustomClaim: (name, value) => (claims[name] = deepCopy(value)) },
    accessToken: { setCustomClaim: (name, value) => (claims[`access ${name}`] = value) },
  };
  const exported = {};
  const names = sandbox(world);
  new Function("exports", ...Object.keys(names), code)(exported, ...Object.values(names));
  await exported.onExecutePostLogin(world.event, api);
  return { denials, claims, calls: 1 };
}

function runRule(code, world) {
  class UnauthorizedError extends Error {}
  const names = { ...sandbox(world), UnauthorizedError, configuration: input.configuration };
  const user = { ...deepCopy(world.event.user), identities: deepCopy(world.identities) };
  const context = { connection: world.event.connection?.name, connectionStrategy: world.event.connection?.strategy, idToken: {} };
  const rule = new Function(...Object.keys(names), `return (${code});`)(...Object.values(names));
  const outcomes = [];
  return new Promise((resolve) => {
    rule(user, context, (error, _user, returned) => {
      outcomes.push(error);
      const denials = error ? [error.message] : [];
      // A moment for a second callback, which Auth0 would take for another answer.
      setTimeout(() => resolve({ denials, claims: deepCopy((returned ?? context).idToken ?? {}), calls: outcomes.length }), 20);
    });
  });
}

async function runStep(code, scenario, id, base) {
  const world = { scenario, base: `${base}/${id}`, requests: [], budgets: [], timers: new Map(), logs: [], open: [] };
  world.event = { ...deepCopy(scenario.event), secrets: { CLIENT_ID: input.client.id, CLIENT_SECRET: input.client.secret } };
  world.identities = scenario.identities?.map((each) => each && { ...each, ...(each.access_token === true && { access_token: GITHUB_TOKEN }) });
  worlds.set(id, world);
  let outcome;
  try {
    outcome = await (input.engine === "actions" ? runAction : runRule)(code, world);
  } catch (error) {
    outcome = { denials: [], claims: {}, calls: 0, escaped: String(error) };
  }
  for (const response of world.open) response.destroy();
  return { ...outcome, requests: world.requests, budgets: world.budgets, logs: world.logs };
}

process.on("unhandledRejection", (error) => {
  process.stderr.write(`unhandled rejection: ${error}\n`);
  process.exit(3);
});

async function runAll(base) {
  const waiting = input.runs.flatMap((run, r) =>
    run.scenarios.flatMap((scenario, s) => run.codes.map((code, c) => ({ scenario, code, at: [r, s, c] }))));
  const outcomes = input.runs.map((run) => run.scenarios.map(() => []));
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [r, s, c] = next.at;
      outcomes[r][s][c] = await runStep(next.code, next.scenario, next.at.join("-"), base);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

server.listen(0, "127.0.0.1", async () => {
  const outcomes = await runAll(`http://127.0.0.1:${server.address().port}`);
  process.stdout.write(JSON.stringify(outcomes));
  server.closeAllConnections();
  server.close();
});
