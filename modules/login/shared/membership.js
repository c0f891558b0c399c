const GITHUB = "https://api.github.com";
const PAGE_SIZE = 100;
const MAX_PAGES = 50;
const MAX_GROUPS_LENGTH = 50000;
const BUDGET_MS = 8000; // Auth0 gives the whole flow 20 s
const TEAM_SLUG = /^[a-z0-9_-]{1,255}$/;

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

function isTeamOf(team, organisation) {
  if (!team || typeof team.slug !== "string" || !TEAM_SLUG.test(team.slug)) return false;
  return sameLogin(team.organization && team.organization.login, organisation);
}

async function teamSlugs(read, organisation) {
  const slugs = new Set();
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { body, headers } = await read(`/user/teams?per_page=${PAGE_SIZE}&page=${page}`);
    if (!Array.isArray(body)) throw new Refusal("no list of teams");
    for (const team of body) {
      if (isTeamOf(team, organisation)) slugs.add(team.slug);
    }
    // The link says only that there is more: its address is never followed.
    const more = body.length >= PAGE_SIZE || /\brel="?next"?/.test(headers.get("link") || "");
    if (!more) return boundedGroups(slugs);
  }
  throw new Refusal("more pages of teams than are read");
}

function boundedGroups(slugs) {
  const groups = [...slugs].sort();
  if (JSON.stringify(groups).length > MAX_GROUPS_LENGTH) throw new Refusal("more teams than the token can carry");
  return groups;
}

function reasonOf(error) {
  if (error instanceof Refusal) return error.message;
  return error instanceof Error ? error.name : "unknown";
}
