"""What both decisions on instance types ask: an ordered list of literals, chosen by the group alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from policies.engine import Finding
from policies.engine.node_group import NodeGroup
from policies.engine.values import Unknown


def ordered_types(group: NodeGroup, *, first: str, allowed: Collection[str]) -> Iterator[Finding]:
    """Yield a finding unless the group's types begin with `first`, are all `allowed`, and nothing else chooses one."""
    attribute = group["instance_types"]
    try:
        types = attribute.strings()
    except Unknown as error:
        yield attribute.finding(str(error), expected=[first], unknown=True)
        return
    if not types or types[0] != first:
        yield attribute.finding(f"are {types}: the first must be {first}", expected=first)
    foreign = [each for each in types if each not in allowed]
    if foreign:
        yield attribute.finding(f"hold {foreign}, which nobody decided", expected=list(allowed))
    if len(set(types)) != len(types):
        yield attribute.finding("name a type twice", expected="each once")
    template = group.launch_template
    if template is None:
        yield group.resource.finding("has no launch template of this stack", expected="an aws_launch_template")
        return
    yield from template["instance_type"].must_be_absent("the group's own list decides")
    yield from template["instance_requirements"].must_be_absent("the group's own list decides")
