// What GitHub and Auth0 may answer, honest and otherwise. `must`: "admit" exactly with the teams that are true;
// "sound": refuse, or admit exactly; "refuse".
function scenariosOf(input, world, { organisation }) {
  const team = (slug, org = organisation) => ({ id: 7, slug, name: `Team ${slug}`, organization: { login: org, id: 1 } });
  const org = (login, more = {}) => ({ login, id: 1, state: "active", role: "member", ...more });
  const account = (more = {}) => ({
    login: "octo-person", id: 583231, scopes: ["read:org", "read:user", "user:email"],
    profile: { name: "A Person", company: null, bio: null, email: "someone@example.org", type: "User" },
    orgs: [org("other-org"), org(organisation)], teams: [team("spies", "other-org"), team("webops"), team("prison-visits")], ...more,
  });
  const outsider = (more = {}) => account({ orgs: [org("other-org")], teams: [team("spies", "other-org"), team("webops", "other-org")], ...more });
  const slugs = new Map();
  const own = (teams) => slugs.get(teams) ?? slugs.set(teams, ownOf(teams)).get(teams);
  const ownOf = (teams) => [...new Set(teams.filter((each) => each?.organization?.login?.toLowerCase?.() === organisation.toLowerCase()
    && typeof each.slug === "string" && /^[a-z0-9_-]+$/.test(each.slug)).map((each) => each.slug))].sort();
  const scenarios = [];
  const add = (group, name, must, who, more = {}) =>
    scenarios.push({ group, name, must, teams: own(who.teams), world: world({ account: who, ...more }) });
  const many = (count, login = organisation) => Array.from({ length: count }, (_, number) => team(`team-${String(number).padStart(4, "0")}`, login));
  const orgs = (count) => Array.from({ length: count }, (_, number) => org(`org-${number}`));
  const refresh = { "event.transaction.protocol": "oauth2-refresh-token", "context.protocol": "oauth2-refresh-token" };

  // Members and others, honest answers.
  add("members", "a member", "admit", account());
  add("members", "somebody who is no member", "refuse", outsider());
  add("members", "a member at a refresh of the token", "admit", account(), { override: refresh });
  add("members", "a leaver at a refresh of the token", "refuse", outsider(), { override: refresh });
  add("members", "somebody in no organisation", "refuse", account({ orgs: [], teams: [] }));
  add("members", "somebody invited who has not accepted", "refuse", account({ orgs: [org(organisation, { state: "pending" })], teams: [] }));
  const half = Math.floor(organisation.length / 2);
  for (const login of [
    `${organisation}-uk`, `x-${organisation}`, `${organisation}2`, organisation.slice(0, -1), organisation.slice(1), organisation.replaceAll("o", "0"),
    `evil${organisation}`, `${organisation}evil`, organisation.slice(half), organisation.slice(0, half), `${organisation.slice(0, half)}-${organisation.slice(half)}`,
  ]) {
    add("members", `a member of ${login} alone`, "refuse", outsider({ orgs: [org(login)], teams: [team("webops", login)] }));
  }
  add("members", "a member of many organisations", "admit", account({ orgs: [...orgs(45), org(organisation)] }));
  add("members", "a member of a hundred organisations and this one", "admit", account({ orgs: [...orgs(100), org(organisation)] }));
  add("members", "somebody whose team is named as the organisation", "refuse", outsider({ teams: [team(organisation, "other-org")] }));
  add("members", "somebody who calls himself after the organisation", "refuse",
    outsider({ login: organisation, profile: { name: organisation, company: `@${organisation}`, bio: organisation, email: `x@${organisation}` } }));
  for (const strategy of ["auth0", "google-oauth2", "oauth2", "GitHub", "github-enterprise", "waad", ""]) {
    add("members", `a login by a connection of strategy ${strategy || "none"}`, "refuse", account(),
      { override: { "event.connection.strategy": strategy, "context.connectionStrategy": strategy } });
  }
  for (const position of ["before", "after"]) {
    add("members", `a member's account linked ${position} the outsider's own`, "refuse", outsider(), { linked: account({ login: "friend", id: 99 }), linkedFirst: position === "before" });
    add("members", `an outsider's account linked ${position} the member's own`, "sound", account(), { linked: outsider({ login: "friend", id: 99 }), linkedFirst: position === "before" });
  }
  add("members", "a user without a GitHub identity", "refuse", account(), { identities: [] });
  add("members", "a user whose GitHub identity has no token", "refuse", account(), { identities: [{ connection: "github", provider: "github", user_id: 583231, isSocial: true }] });
  add("members", "a user with an identity that is null", "refuse", account(), { identities: [null] });
  add("members", "an identity of another provider with a token", "refuse", account(), { provider: "google-oauth2" });
  add("members", "an id of the user that needs encoding", "sound", account(), { userId: "github|a/b?c=d&e" });

  // Teams.
  add("teams", "a member of no team", "admit", account({ teams: [] }));
  add("teams", "teams of other organisations only", "admit", account({ teams: [team("webops", "other-org"), team("admins", `${organisation}-uk`)] }));
  add("teams", "teams of the same name in another organisation", "admit", account({ teams: [team("webops", "other-org"), team("court")] }));
  add("teams", "250 teams", "admit", account({ teams: many(250) }));
  add("teams", "exactly a hundred teams", "admit", account({ teams: many(100) }));
  add("teams", "31 teams", "admit", account({ teams: many(31) }));
  add("teams", "own teams on the second page alone", "admit", account({ teams: [...many(100, "other-org"), team("webops")] }));
  add("teams", "a hundred teams of others between own ones", "admit", account({ teams: [team("court"), ...many(120, "other-org"), team("webops")] }));
  add("teams", "smaller pages than were asked for", "sound", account({ teams: many(25) }), { pageSize: 10 });
  add("teams", "full pages without a link", "sound", account({ teams: many(150) }), { links: "none" });
  add("teams", "a link to another host", "sound", account({ teams: many(150) }), { links: "foreign" });
  add("teams", "null and broken entries", "sound", account({ teams: [null, team("webops"), {}, [], "webops", 3, { slug: "a" }, team(null), team(["b"]), { slug: "d", organization: null }] }));
  add("teams", "slugs that are none", "sound", account({ teams: [team("webops"), team("system:masters"), team("github:webops"), team(""), team("a b"), team("a\nb")] }));

  // Failures: none may open the door, and none may empty the claim.
  const failures = {
    "an error of the server": { status: 500, json: { message: "oops" } },
    "503 with HTML": { status: 503, text: "<html>Unicorn</html>" },
    "429": { status: 429, json: { message: "slow down" }, headers: { "retry-after": "60" } },
    "403": { status: 403, json: { message: "rate limit" } },
    "404": { status: 404, json: { message: "Not Found" } },
    "401": { status: 401, json: { message: "Bad credentials" } },
    "HTML": { status: 200, text: "<html>Sign in</html>", headers: { "content-type": "text/html" } },
    "an empty body": { status: 200, text: "" },
    "null": { status: 200, json: null },
    "a string": { status: 200, json: "active" },
    "an error with status 200": { status: 200, json: { message: "Not Found" } },
    "no content": { status: 204, text: "" },
    "an accepted job": { status: 202, json: {} },
    "no answer": { hang: "before" },
    "an answer that never ends": { hang: "within" },
    "an answer cut short": { hang: "cut" },
    "a redirect to another host": { status: 302, text: "", headers: { location: "https://evil.example.org/user" } },
  };
  const lied = (group, name, must, who, lies) => add(group, name, must, who, { lies });
  const [member, other, ofTwoPages, ofThreePages] = [account(), outsider(), account({ teams: many(101) }), account({ teams: many(201) })];
  for (const [name, answer] of Object.entries(failures)) {
    for (const route of [...world.routes, "*"]) {
      const where = route === "*" ? "everything" : route;
      lied("failures", `${name} from ${where}, a member`, "sound", member, [{ route, answer }]);
      lied("failures", `${name} from ${where}, no member`, "refuse", other, [{ route, answer }]);
      if (route !== "*") lied("failures", `${name} once from ${where}`, "sound", ofTwoPages, [{ route, number: 1, answer }]);
    }
    lied("failures", `${name} on the second page of teams`, "sound", ofTwoPages, [{ route: "github:teams", number: 2, answer }]);
    lied("failures", `${name} on the third page of teams`, "sound", ofThreePages, [{ route: "github:teams", number: 3, answer }]);
  }
  add("failures", "a token without the scope to see organisations", "refuse", account({ scopes: ["read:user"] }));
  add("failures", "a fine-grained token that sees empty lists", "refuse", account({ scopes: [], scopesShown: false, fineGrained: true }));
  const pending = { status: 500, json: { state: "active", role: "member", organization: { login: organisation } } };
  lied("failures", "an error that carries a membership", "refuse", outsider(), [{ route: "github:membership", answer: pending }]);
  lied("failures", "a membership of another organisation", "refuse", outsider(), [{ route: "github:membership", answer: { status: 200, json: { ...pending.json, organization: { login: `${organisation}-uk` } } } }]);
  lied("failures", "a membership without a state", "refuse", outsider(), [{ route: "github:membership", answer: { status: 200, json: { organization: { login: organisation } } } }]);
  const evil = [{ login: organisation, slug: "webops", organization: { login: organisation } }];
  for (const route of [...world.routes.filter((each) => each.startsWith("github:")), "github:*"]) {
    for (const foreignAnswer of [pending.json, evil]) {
      add("failures", `a redirect of ${route} to a host that calls everybody a member`, "refuse", outsider(),
        { lies: [{ route, answer: failures["a redirect to another host"] }], foreignAnswer });
    }
  }
  return { scenarios, account, outsider, team, org };
}
