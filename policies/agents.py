"""Whether a release runs as one of the agents to which the guard over pods grants something of the node (D18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policies import parameters
from policies.engine import Attribute, Finding, Release


def recorded_agent(release: Release, account: str, volumes: Iterable[Attribute] = ()) -> Iterator[Finding]:
    """Yield a finding unless the release's pods run as a recorded agent that may mount what `volumes` mount of the node."""
    recorded = parameters.PLATFORM_NAMESPACES.get(release.namespace)
    agent = recorded.agents.get(account) if recorded is not None else None
    if agent is None:
        text = (
            f"runs as {release.namespace}/{account}, whose pods the API server refuses for what they take of their node"
        )
        yield release.finding(text, expected=sorted(_agents()))
        return
    granted = [f"{each.rstrip('/')}/" for each in agent.host_paths]
    for volume in volumes:
        path = volume["hostPath.path"].text()
        if path is not None and not any(f"{path.rstrip('/')}/".startswith(each) for each in granted):
            yield volume["hostPath.path"].finding("is refused by the API server", expected=list(agent.host_paths))
        if not volume["hostPath"].absent:
            yield from volume["hostPath.type"].must_be_one_of((None, "", "Directory", "DirectoryOrCreate"))


def _agents() -> Iterator[str]:
    for namespace, each in parameters.PLATFORM_NAMESPACES.items():
        yield from (f"{namespace}/{account}" for account in each.agents)
