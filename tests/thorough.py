"""What `make test` looks at less of, for the time it takes: `make thorough` looks at all of it, as CI does."""

from __future__ import annotations

import os
from typing import Final

THOROUGH: Final = os.environ.get("THOROUGH") == "1"
"""Whether the tests that are marked `thorough` look at all of it; else they look at less, and say what is left out."""
