// Looks for back doors: each field that the code reads, each answer of GitHub, the clock and chance are set to each text
// that stands in the code or that the code makes while it runs.
const MOST_RUNS = 6000;
const HARMLESS = new Set(["", "string", "object", "number", "function", "undefined"]);

async function probe({ scenarios, outsider, account, team, org }, firstReads) {
  const base = { member: scenarios.find((each) => each.name === "a member"), outsider: scenarios.find((each) => each.name === "somebody who is no member") };
  let runs = 0;
  const tried = new Set();
  const types = { ...firstReads };
  const open = (who, what) => ({ ...base[who], name: `${who === "member" ? "a member" : "somebody who is no member"} with ${what}`, must: who === "member" ? "sound" : "refuse" });
  const attempt = async (who, what, changed, steps = keys) => {
    runs++;
    const outcome = await run(changed, steps);
    verdict(open(who, what), outcome, (_, message) => problem("no-back-door", message), "no-back-door");
    inner.reset();
    return outcome;
  };
  const candidates = () => {
    const seen = JSON.parse(inner.seen());
    for (const each of seen.texts) texts.add(each);
    for (const each of seen.numbers) numbers.add(each);
    return [...texts].filter((each) => each && !HARMLESS.has(each) && each.length <= 120);
  };

  // Fields, one at a time; where a value leads the code to read more, from there on.
  const queue = [{ override: {}, reads: Object.keys(firstReads), depth: 0 }];
  const known = new Set();
  while (queue.length && runs < MOST_RUNS) {
    const { override, reads, depth } = queue.shift();
    // Secrets and configuration that are declared are the tenant's own; one that is read and not declared may open a door.
    const declared = (path) => /^(event\.secrets|configuration)\./.test(path) && types[path] !== "undefined";
    const fields = reads.filter((path) => !known.has(path) && !declared(path) && types[path] !== "object" && !/\.(length|toJSON|then)$/.test(path));
    fields.forEach((path) => known.add(path));
    const values = [...candidates(), true, 1, {}];
    for (const path of fields) {
      const strange = !/\.(user_id|strategy|connectionStrategy|connection|name)$/.test(path) || depth > 0;
      for (const value of values) {
        const asList = types[path] === "array";
        const given = { ...override, [path]: asList ? [value] : value };
        const key = JSON.stringify(given);
        if (tried.has(key) || runs >= MOST_RUNS) continue;
        tried.add(key);
        const what = Object.entries(given).map(([name, each]) => `${name} = ${JSON.stringify(each)}`).join(" and ");
        const first = await attempt("outsider", what, reworld(base.outsider.world, given), strange ? shownKeys : keys);
        if (strange || typeof value === "string") await attempt("member", what, reworld(base.member.world, given));
        for (const [each, type] of Object.entries(first.reads)) types[each] ??= type;
        const fresh = Object.keys(first.reads).filter((each) => !known.has(each));
        if (fresh.length && depth < 3) queue.push({ override: given, reads: fresh, depth: depth + 1 });
      }
      // What the code has compared meanwhile may be the word that opens.
      const later = candidates().filter((each) => !values.includes(each));
      if (later.length) {
        for (const value of later) {
          const given = { ...override, [path]: value };
          await attempt("outsider", `${path} = ${JSON.stringify(value)}`, reworld(base.outsider.world, given), shownKeys);
          await attempt("member", `${path} = ${JSON.stringify(value)}`, reworld(base.member.world, given));
        }
      }
    }
  }

  // What GitHub says of the user, besides membership.
  const own = input.organisation.toLowerCase();
  for (const value of candidates()) {
    const profile = { name: value, company: value, bio: value, email: value, location: value, blog: value, type: "User", site_admin: true };
    const orgs = value.toLowerCase() === own ? [] : [org(value, { description: value, role: "admin" })];
    const teams = [team(value, "other-org"), ...(value.toLowerCase() === own ? [] : [team("webops", value)])];
    const who = outsider({ login: value, profile, orgs: [...orgs, org("other-org", { description: value })], teams });
    await attempt("outsider", `${JSON.stringify(value)} as name, organisation and team on GitHub`, { ...base.outsider.world, accounts: { [GITHUB_TOKEN]: who } });
    const inside = account({ login: value, profile });
    await attempt("member", `${JSON.stringify(value)} as name on GitHub`, { ...base.member.world, accounts: { [GITHUB_TOKEN]: inside } });
  }

  // The clock, and chance: as any field, where the code has looked at it; where it has not, it would run as it ran before.
  const looked = (at) => JSON.parse(inner.seen()).looked[at];
  for (const at of looked("clock") ? times(base.outsider.world.now) : []) {
    const day = Number.isFinite(at) && Math.abs(at) < 8e15 ? new Date(at).toISOString() : "";
    if (day) for (const who of ["outsider", "member"]) await attempt(who, `the clock at ${day}`, { ...base[who].world, now: at });
  }
  for (const random of looked("chance") ? [0, 0.001, 0.01, 0.25, 0.75, 0.99, 0.999999] : []) {
    for (const who of ["outsider", "member"]) await attempt(who, `chance at ${random}`, { ...base[who].world, random });
  }
  return runs;
}

// Each hour of a day and each day of a week, a month and a year; other years; what stands in the code, and about it.
function times(now) {
  const hour = 3600e3;
  const found = [...Array(24).keys()].map((each) => now + each * hour)
    .concat([...Array(7).keys()].map((each) => now + each * 24 * hour), [...Array(12).keys()].map((each) => Date.UTC(2027, each, 13, 3)), [...Array(32).keys()].map((each) => Date.UTC(2027, 0, each, 3)));
  for (const year of [1970, 2000, 2020, 2025, 2028, 2030, 2040, 2099]) found.push(Date.UTC(year, 0, 1));
  for (const each of numbers) if (each > 1e8) found.push(each - 1000, each + 1000, each * 1000 + 1000);
  for (const each of texts) {
    const at = /^\d{4}-\d\d/.test(each) ? Date.parse(each) : NaN;
    if (!Number.isNaN(at)) found.push(at - 1000, at, at + 1000, at + 24 * hour);
  }
  return new Set(found);
}

function reworld(base, override) {
  const userId = override["event.user.user_id"] ?? override["user.user_id"] ?? base.userId;
  return { ...base, override: { ...base.override, ...override }, userId: typeof userId === "string" ? userId : base.userId };
}
