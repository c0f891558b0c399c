"""Turns the JavaScript files of the login into the code that stands in the Terraform JSON."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
_INCLUDE = re.compile(r"^( *)// include: (\w+\.js)\n", re.MULTILINE)
_PLACEHOLDER = re.compile(r"__([A-Z]+(?:_[A-Z]+)*)__")


def login_code(template: str, literals: Mapping[str, str]) -> str:
    """Return the JavaScript of `template`, such as `actions/add_github_teams.js`.

    Each `// include: file.js` line becomes that file of `shared/`, at the line's depth; each `__NAME__` becomes the
    JSON string of `literals[NAME]`. Raises KeyError for a placeholder without a literal and FileNotFoundError for a
    file that does not exist.
    """
    text = _INCLUDE.sub(_included, (FOLDER / template).read_text(encoding="utf-8"))
    return _PLACEHOLDER.sub(lambda found: json.dumps(literals[found[1]]), text)


def _included(found: re.Match[str]) -> str:
    text = (FOLDER / "shared" / found[2]).read_text(encoding="utf-8")
    return textwrap.indent(text, found[1])
