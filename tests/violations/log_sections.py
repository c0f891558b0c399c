"""Ways to lose logs by what fluent-bit's configuration says of buffers, parsers and times (D21)."""

from __future__ import annotations

from tests.violations.catalogue import Stacks, violation


def _replace(stacks: Stacks, part: str, old: str, new: str) -> None:
    config = stacks.local("live-workloads", "fluent-bit_values")["config"]
    assert old in config[part], f"{old!r} is not in {part}"
    config[part] = config[part].replace(old, new)


@violation(kills="D21-all-containers", names="config.service")
def flushed_once_a_year(stacks: Stacks) -> None:
    """Logs are read, and sent when the year is over."""
    _replace(stacks, "service", "Flush 1", "Flush 31536000")


@violation(kills="D21-all-containers", names="config.service")
def service_goes_to_the_background(stacks: Stacks) -> None:
    """The process leaves its container, which ends, and starts again for ever."""
    _replace(stacks, "service", "Daemon Off", "Daemon On")


@violation(kills="D21-all-containers", names="config.inputs")
def lines_longer_than_the_buffer(stacks: Stacks) -> None:
    """Long lines are skipped, and every line is long."""
    _replace(stacks, "inputs", "Buffer_Max_Size 1M", "Buffer_Max_Size 1")


@violation(kills="D21-on-every-node", names="customParsers")
def another_meaning_of_cri(stacks: Stacks) -> None:
    """A parser of the name that the input asks for waits for a line that never comes."""
    values = stacks.local("live-workloads", "fluent-bit_values")
    values["config"]["customParsers"] = '[MULTILINE_PARSER]\n    name cri\n    rule "start_state" "/never/" "cont"\n'


@violation(kills="D21-on-every-node", names="resources.limits.memory")
def killed_over_and_over(stacks: Stacks) -> None:
    """fluent-bit has so little memory that it is killed before it sends anything."""
    stacks.local("live-workloads", "fluent-bit_values")["resources"]["limits"]["memory"] = "1Mi"


@violation(kills="D21-to-the-domain", names="config.outputs")
def documents_updated_only(stacks: Stacks) -> None:
    """The domain is asked to update documents that are not there."""
    _replace(stacks, "outputs", "Generate_ID On", "Generate_ID On\n    Write_Operation update")
