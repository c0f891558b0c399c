"""What the violations of the login code do to it."""

from __future__ import annotations

from tests.violations.catalogue import Stacks

ENTRY = "exports.onExecutePostLogin = async (event, api) => {"
DENY = "api.access.deny("


def change(stacks: Stacks, old: str, new: str) -> None:
    """Change a passage in each Action that holds it."""
    actions = stacks.named("identity", "auth0_action")
    changed = [name for name, action in actions.items() if old in action["code"]]
    assert changed, old
    for name in changed:
        action = stacks.one("identity", "auth0_action", name)
        action["code"] = action["code"].replace(old, new)


def let_in(stacks: Stacks, condition: str, before: str = "") -> None:
    """Both Actions end at once, without a word, where `condition` holds."""
    change(stacks, ENTRY, f"{before}\n{ENTRY}\n  if ({condition}) return;")


def replace_by(stacks: Stacks, code: str) -> None:
    """Both Actions run `code`."""
    for name in stacks.named("identity", "auth0_action"):
        stacks.one("identity", "auth0_action", name)["code"] = code.replace("${", "$${")
