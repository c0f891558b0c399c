const GITHUB = "https://api.github.com";
const BUDGET_MS = 8000; // Auth0 gives the whole flow 20 s

class Refusal extends Error {}

const sameLogin = (one, other) =>
  typeof one === "string" && typeof other === "string" && one.toLowerCase() === other.toLowerCase();

// A race of its own, for an abort alone may miss an answer that stops halfway.
async function withinBudget(work) {
  const controller = new AbortController();
  let timer;
  const expiry = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Refusal("no answer in time"));
      controller.abort();
    }, BUDGET_MS);
  });
  try {
    return await Promise.race([work(controller.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function getJson(url, headers, signal) {
  const response = await fetch(url, { headers, redirect: "error", signal });
  if (response.status !== 200) throw new Refusal(`${new URL(url).pathname.split("/")[1]} answered ${response.status}`);
  return { body: await response.json(), headers: response.headers };
}

function githubIdentity(identities, connection) {
  const usable = (Array.isArray(identities) ? identities : []).filter(
    (identity) => identity && identity.provider === "github" && identity.connection === connection,
  );
  if (usable.length !== 1) throw new Refusal(`${usable.length} identities of the GitHub connection`);
  const token = usable[0].access_token;
  if (typeof token !== "string" || token === "") throw new Refusal("no GitHub token");
  return token;
}

function requireScope(headers) {
  const granted = headers.get("x-oauth-scopes");
  if (typeof granted !== "string") return; // no OAuth app's token: GitHub itself refuses what it may not read
  const scopes = granted.split(",").map((scope) => scope.trim());
  if (!["read:org", "write:org", "admin:org"].some((scope) => scopes.includes(scope))) {
    throw new Refusal("GitHub token without the scope read:org");
  }
}

function githubReader(token, signal) {
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "user-agent": "auth0-login",
    "x-github-api-version": "2022-11-28",
  };
  return async (path) => {
    const answer = await getJson(`${GITHUB}${path}`, headers, signal);
    requireScope(answer.headers);
    return answer;
  };
}

async function requireMember(read, organisation) {
  const { body } = await read(`/user/memberships/orgs/${encodeURIComponent(organisation)}`);
  if (!body || body.state !== "active" || !sameLogin(body.organization && body.organization.login, organisation)) {
    throw new Refusal("not an active member of the organisation");
  }
}

function reasonOf(error) {
  if (error instanceof Refusal) return error.message;
  return error instanceof Error ? error.name : "unknown";
}
