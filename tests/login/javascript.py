"""Lints the JavaScript: the login code as Auth0 gets it, and what the tests and the policies run. `python -m tests.login.javascript`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from modules.login.code import login_code

ROOT = Path(__file__).resolve().parents[2]
OXLINT = Path(sys.executable).with_name("oxlint")
LITERALS: Final = dict.fromkeys(("GITHUB_ORGANISATION", "TENANT_DOMAIN", "GROUPS_CLAIM"), "x")
STRICT: Final = dict.fromkeys(
    (
        "eqeqeq",
        "no-eval",
        "no-shadow",
        "no-throw-literal",
        "no-undef",
        "no-unreachable",
        "no-unused-vars",
        "no-var",
        "prefer-const",
        "require-await",
    ),
    "error",
)
PARTS: Final = {
    **dict.fromkeys(("no-undef", "no-unused-vars", "no-unused-expressions"), "off"),
    **dict.fromkeys(("unicorn/no-unnecessary-await", "unicorn/no-useless-spread"), "off"),
    **dict.fromkeys(("no-var", "no-unreachable"), "error"),
}
"""Of the judge of login code, whose files become one program: they name each other's functions, wait for a turn, copy lists that change."""
RULES_OF_AUTH0: Final = {"UnauthorizedError": "readonly", "configuration": "readonly"}
"""What Auth0 gives to a Rule beside Node's own."""


def lint(files: Mapping[str, str], *, rules: Mapping[str, str] = STRICT) -> str:
    """Return what the linter says against `files`, name to text; empty where it says nothing."""
    config = {
        "categories": {"correctness": "error"},
        "env": {"node": True, "es2024": True},
        "globals": RULES_OF_AUTH0,
        "rules": dict(rules),
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        command = [str(OXLINT), "--config", "config.json", "--format", "unix", *files]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    linted = f"{result.stdout}{result.stderr}"
    return linted if result.returncode else ""


def login_files() -> dict[str, str]:
    """Return each Action and Rule as it is deployed; a Rule is one function, which Auth0 calls."""
    found = {f"action_{path.name}": login_code(f"actions/{path.name}", LITERALS) for path in _files("login/actions")}
    for path in _files("login/rules"):
        found[f"rule_{path.name}"] = f"module.exports = {login_code(f'rules/{path.name}', LITERALS)}"
    return found


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / "modules" / folder).glob("*.*js"))


def main() -> int:
    """Lint all of it; return the exit code."""
    tools = {path.name: path.read_text() for path in [*_files("fast_synth"), ROOT / "tests/login/harness.mjs"]}
    parts = {path.name: path.read_text() for path in (ROOT / "policies/engine/login_code/javascript").glob("*.js")}
    said = [lint(login_files()), lint(tools), lint(parts, rules=PARTS)]
    sys.stdout.write("".join(said) or "no problem in the JavaScript\n")
    return 1 if any(said) else 0


if __name__ == "__main__":
    sys.exit(main())
