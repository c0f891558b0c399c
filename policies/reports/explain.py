"""Texts about the controls themselves."""

from __future__ import annotations

import inspect

from policies.catalogue import DECISIONS
from policies.engine.control import Control


def explain(control: Control) -> str:
    """Return all that is known of one control."""
    out = [f"{control.id} ({control.severity})", f"  {control.title}"]
    if story := inspect.getdoc(control.judge):
        out.append(f"  {story}")
    if record := DECISIONS.get(control.decision):
        out += [f"  decision:   {record.id} {record.name} ({record.heading})", f"              {record.decided}"]
    out += [
        f"  judges:     each {control.scope}, as {', '.join(control.layers)}; reads the {', '.join(control.reads)} stack",
        f"  unknown:    {'a failure' if control.unknown == 'fail' else f'allowed: {control.unknown_reason}'}",
        f"  waivable:   {'yes, in policies/exceptions.yaml' if control.waivable else 'no'}",
        f"  mend:       {control.remediation}",
    ]
    for each in control.presence:
        upper = f" to {each.maximum}" if each.maximum is not None else " or more"
        out.append(f"  presence:   {each.minimum}{upper} of {each.kind}")
    if control.checkov:
        out.append(f"  checkov:    {', '.join(control.checkov)}")
    out += [f"  reference:  {each}" for each in control.references]
    return "\n".join(out) + "\n"


def listing(controls: dict[str, Control]) -> str:
    """Return one line for each control."""
    width = max(map(len, controls))
    return "".join(f"{each.id:<{width}}  {each.severity:<8}  {each.title}\n" for each in controls.values())
