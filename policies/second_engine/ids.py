"""Names of controls in checkov's manner."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "CKV_EKS_"


def check_id(control: str) -> str:
    """Return the id under which checkov runs a control: `CKV_EKS_D15_ALL_LOG_TYPES` for `D15-all-log-types`."""
    return PREFIX + control.replace("-", "_").upper()


def control_id(check: str) -> str:
    """Return the control that checkov runs as `check`."""
    decision, _, rest = check.removeprefix(PREFIX).partition("_")
    return f"{decision}-{rest.lower().replace('_', '-')}"
