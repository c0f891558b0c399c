"""Login code of another make: one Action, which lists organisations and teams and follows GitHub's links."""

from __future__ import annotations

CODE = """
const ORGANISATION = "ministryofjustice";
const TENANT = "justice-cloud-platform.eu.auth0.com";
const CLAIM = "https://k8s.integration.dsd.io/groups";

async function ask(url, token) {
  const answer = await fetch(url, { headers: { Authorization: "token " + token, Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error("status " + answer.status);
  return answer;
}

async function everyPage(path, token) {
  const found = [];
  let page = 1;
  let more = true;
  while (more) {
    if (page > 100) throw new Error("too many pages");
    const answer = await ask("https://api.github.com" + path + "?per_page=100&page=" + page, token);
    const part = await answer.json();
    if (!Array.isArray(part)) throw new Error("no list");
    found.push(...part);
    more = part.length === 100 || (answer.headers.get("link") || "").includes('rel="next"');
    page += 1;
  }
  return found;
}

async function managementToken(secrets) {
  const answer = await fetch("https://" + TENANT + "/oauth/token", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: secrets.CLIENT_ID,
      client_secret: secrets.CLIENT_SECRET,
      audience: "https://" + TENANT + "/api/v2/",
    }),
  });
  if (!answer.ok) throw new Error("no token");
  return (await answer.json()).access_token;
}

async function groupsOf(event) {
  if (event.connection.strategy !== "github") throw new Error("connection");
  const url = new URL("https://" + TENANT + "/api/v2/users/" + encodeURIComponent(event.user.user_id));
  const answer = await fetch(url, { headers: { Authorization: "Bearer " + (await managementToken(event.secrets)) } });
  if (!answer.ok) throw new Error("no user");
  const { identities } = await answer.json();
  const own = identities.filter((each) => each && each.provider === "github");
  if (own.length !== 1) throw new Error("identities");
  const token = own[0].access_token;
  if (!token) throw new Error("no token of GitHub");
  const organisations = await everyPage("/user/orgs", token);
  if (!organisations.some((each) => each && each.login === ORGANISATION)) throw new Error("no member");
  const teams = await everyPage("/user/teams", token);
  return teams
    .filter((each) => each && each.organization && each.organization.login === ORGANISATION)
    .map((each) => each.slug)
    .filter((slug) => typeof slug === "string" && /^[a-z0-9_-]+$/.test(slug));
}

const timeout = (ms) => new Promise((_, reject) => setTimeout(() => reject(new Error("time")), ms));

exports.onExecutePostLogin = async (event, api) => {
  let groups;
  try {
    groups = await Promise.race([groupsOf(event), timeout(9000)]);
  } catch (error) {
    return api.access.deny("not a member");
  }
  api.idToken.setCustomClaim(CLAIM, [...new Set(groups)].sort());
};
"""


def with_change(old: str, new: str) -> str:
    """Return the code with one passage changed."""
    assert CODE.count(old) >= 1, old
    return CODE.replace(old, new)
