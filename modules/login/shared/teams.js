const PAGE_SIZE = 100;
const MAX_PAGES = 50;
const MAX_GROUPS_LENGTH = 50000;
const TEAM_SLUG = /^[a-z0-9_-]{1,255}$/;

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
