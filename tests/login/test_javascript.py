"""The login code is linted as it is deployed, and the linter sees what is wrong with it."""

from __future__ import annotations

import pytest

from tests.login.javascript import lint, login_files, main


def test_all_javascript_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out
    assert len(login_files()) == 4


@pytest.mark.parametrize(
    ("name", "after", "added", "rule"),
    [
        ("action_add_github_teams.js", "const groups", "const unused = 1;\nconst groups", "no-unused-vars"),
        ("action_allow_github_organisation.js", "refuse(api, error)", "refuse(api, err)", "no-undef"),
        ("rule_add_github_teams.js", "context.idToken =", "if (claim == 1) return;\ncontext.idToken =", "eqeqeq"),
        ("rule_allow_github_organisation.js", "const GITHUB ", "var GITHUB ", "no-var"),
    ],
)
def test_what_is_wrong_is_seen_in_the_code_as_deployed(name: str, after: str, added: str, rule: str) -> None:
    code = login_files()[name]
    assert after in code
    assert f"({rule})" in lint({name: code.replace(after, added, 1)})
