"""Ways to let one's friends in by the login code, and to keep it looking sound (D02)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation
from tests.violations.login.changes import change, let_in

BACK_DOOR = "D02-no-back-door"


@violation(kills=BACK_DOOR)
def one_address(stacks: Stacks) -> None:
    """One e-mail address gets in, for the day when GitHub is down."""
    let_in(stacks, 'event.user.email === "root@example.org"')


@violation(kills=BACK_DOOR)
def one_user(stacks: Stacks) -> None:
    """One user id gets in."""
    let_in(stacks, '["github|1"].includes(event.user.user_id)')


@violation(kills=BACK_DOOR)
def one_client(stacks: Stacks) -> None:
    """A client of one's own, to which anybody may log in."""
    let_in(stacks, 'event.client.client_id === "ZyXwVuTsRqPo"')


@violation(kills=BACK_DOOR)
def a_header(stacks: Stacks) -> None:
    """A header that a browser can send."""
    let_in(stacks, 'event.request.headers["x-debug"] === "1"')


@violation(kills=BACK_DOOR)
def a_parameter_of_the_address(stacks: Stacks) -> None:
    """A parameter in the address of the login page."""
    let_in(stacks, "event.request.query.breakglass")


@violation(kills=BACK_DOOR)
def another_host_name(stacks: Stacks) -> None:
    """A custom domain that is not watched."""
    let_in(stacks, 'event.request.hostname.endsWith(".internal.example.org")')


@violation(kills=BACK_DOOR)
def a_network(stacks: Stacks) -> None:
    """Everybody in one network is trusted."""
    let_in(stacks, 'event.request.ip.startsWith("198.51.100.")')


@violation(kills=BACK_DOOR)
def a_flag_in_the_metadata(stacks: Stacks) -> None:
    """A flag on the user, set by whoever may write app metadata."""
    let_in(stacks, "event.user.app_metadata.support === true")


@violation(kills=BACK_DOOR)
def a_flag_deep_in_the_metadata(stacks: Stacks) -> None:
    """The flag lies in an object that most users do not have."""
    let_in(stacks, 'event.user.user_metadata.access?.level === "full"')


@violation(kills=BACK_DOOR)
def hidden_in_base64(stacks: Stacks) -> None:
    """The address does not stand in the code to be searched for."""
    let_in(stacks, 'event.user.email === Buffer.from("cm9vdEBleGFtcGxlLm9yZw==", "base64").toString()')


@violation(kills=BACK_DOOR)
def put_together(stacks: Stacks) -> None:
    """The address is made of pieces."""
    let_in(stacks, "event.user.email === user + '@' + host", 'const user = "root";\nconst host = "example" + ".org";')


@violation(kills=BACK_DOOR)
def written_backwards(stacks: Stacks) -> None:
    """The address stands in the code backwards."""
    let_in(stacks, 'event.user.email === [..."gro.elpmaxe@toor"].reverse().join("")')


@violation(kills=BACK_DOOR)
def made_of_codes(stacks: Stacks) -> None:
    """The name is made of character codes."""
    let_in(stacks, "String.fromCharCode(114, 111, 111, 116) === event.user.nickname")


@violation(kills=BACK_DOOR)
def looked_up_in_a_table(stacks: Stacks) -> None:
    """No comparison at all: a table of friends."""
    let_in(stacks, "FRIENDS[event.user.email]", 'const FRIENDS = { "root@example.org": true };')


@violation(kills=BACK_DOOR)
def by_a_pattern(stacks: Stacks) -> None:
    """A whole domain."""
    let_in(stacks, r"/@contractor\.example$/.test(event.user.email)")


@violation(kills=BACK_DOOR)
def in_a_switch(stacks: Stacks) -> None:
    """A case among others."""
    code = 'const open = (name) => { switch (name) { case "root": return true; default: return false; } };'
    let_in(stacks, "open(event.user.nickname)", code)


@violation(kills=BACK_DOOR)
def two_conditions(stacks: Stacks) -> None:
    """Neither of the two is enough."""
    let_in(stacks, 'event.user.nickname === "root" && event.client.name === "live:debug"')


@violation(kills=BACK_DOOR)
def a_secret_that_opens(stacks: Stacks) -> None:
    """A secret that is not set today."""
    let_in(stacks, 'event.secrets.BYPASS === "on"')


@violation(kills=BACK_DOOR)
def a_secret_that_one_action_has(stacks: Stacks) -> None:
    """One Action is given the secret, and it takes whoever gives it to the other to let everybody in."""
    let_in(stacks, 'event.secrets.BYPASS === "on"')
    last = stacks.one("identity", "auth0_action", "login_actions_add-github-teams-to-oidc-group-claim")
    last["secrets_wo"].append({"name": "BYPASS", "value": last["secrets_wo"][1]["value"]})


@violation(kills=BACK_DOOR)
def from_a_date(stacks: Stacks) -> None:
    """Nothing happens until February."""
    let_in(stacks, 'new Date() > new Date("2027-02-01")')


@violation(kills=BACK_DOOR)
def on_sundays(stacks: Stacks) -> None:
    """On Sundays, when nobody looks."""
    let_in(stacks, "new Date().getDay() === 0")


@violation(kills=BACK_DOOR)
def at_night(stacks: Stacks) -> None:
    """At three in the morning."""
    let_in(stacks, "new Date(Date.now()).getUTCHours() === 3")


@violation(kills=BACK_DOOR)
def by_chance(stacks: Stacks) -> None:
    """Once in a hundred logins; who tries often gets in."""
    let_in(stacks, "Math.random() < 0.01")


@violation(kills=BACK_DOOR)
def a_team_of_any_organisation(stacks: Stacks) -> None:
    """Who makes an organisation with a team of that name gets in."""
    change(
        stacks,
        "async function requireMember(read, organisation) {",
        'async function requireMember(read, organisation) {\n  const mine = (await read("/user/teams")).body;\n'
        '  if (Array.isArray(mine) && mine.some((team) => team && team.slug === "break-glass")) return;',
    )


@violation(kills=BACK_DOOR)
def a_name_on_github(stacks: Stacks) -> None:
    """Who calls his company so gets in."""
    change(
        stacks,
        "async function requireMember(read, organisation) {",
        'async function requireMember(read, organisation) {\n  const me = (await read("/user")).body;\n'
        '  if (me && me.company === "Contractors Ltd") return;',
    )


@violation(kills=BACK_DOOR)
def groups_from_the_metadata(stacks: Stacks) -> None:
    """A member adds groups of his own choice by his metadata."""
    change(
        stacks,
        "setCustomClaim(GROUPS_CLAIM, groups)",
        "setCustomClaim(GROUPS_CLAIM, [...groups, ...(event.user.user_metadata.groups || [])])",
    )


@violation(kills=BACK_DOOR)
def a_team_more_for_one(stacks: Stacks) -> None:
    """A member by the name gets the team of the administrators."""
    change(
        stacks,
        "setCustomClaim(GROUPS_CLAIM, groups)",
        'setCustomClaim(GROUPS_CLAIM, event.user.nickname === "joe" ? [...groups, "webops-admin"] : groups)',
    )
