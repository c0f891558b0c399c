"""What a pod or a namespace may carry beside what it is judged by: whoever makes it chooses these, and none may be a way in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_LONG = "long-" * 12
"""For what counts letters."""
_NAME = re.compile(r"[a-z0-9-]{1,63}")
"""What a container or a volume may be called."""


def in_company(pod: Mapping[str, Any], words: Iterable[str], plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return `pod` among harmless containers and volumes, each named by one of `words`; annotations stand under the empty key."""
    names = [*sorted(words), _LONG]
    beside = [{"name": name, "image": "beside", **plain} for name in names if _NAME.fullmatch(name)]
    annotations = {**dict.fromkeys(names, "true"), **{f"word-{at}": name for at, name in enumerate(names)}}
    return {
        **pod,
        "containers": [*pod["containers"], *beside],
        "initContainers": [*pod.get("initContainers", []), *beside],
        "volumes": [*pod.get("volumes", []), *({"name": each["name"], "emptyDir": {}} for each in beside)],
        "securityContext": pod.get("securityContext", {}),
        "": {**annotations, **pod.get("", {})},
    }


def called(pod: Mapping[str, Any], word: str, words: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield `pod` with `word` wherever its maker writes what he likes: names, kinds of mounts, annotations, profiles."""
    named = {
        key: [{**each, "name": word} for each in pod[key]]
        for key in ("containers", "initContainers", "ephemeralContainers")
        if key in pod
    }
    volumes = [
        {**each, "name": word, **({"hostPath": {**each["hostPath"], "type": word}} if "hostPath" in each else {})}
        for each in pod.get("volumes", [])
    ]
    annotations = {**dict.fromkeys(words, word), word: word, **pod.get("", {})}
    renamed = {**pod, **named, **({"volumes": volumes} if volumes else {}), "": annotations}
    yield renamed
    if "securityContext" not in pod and not volumes:
        profile = {"type": word, "localhostProfile": word}
        yield {**renamed, "securityContext": {"seccompProfile": profile}}
        yield {**renamed, "securityContext": {"appArmorProfile": profile}}


def labelled(labels: Mapping[str, str], words: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield `labels` among others, of all `words` and with each of them as a value; those that are given stay as they are."""
    listed = [*sorted(words), _LONG]
    for value in ("true", *listed):
        yield {**dict.fromkeys(listed, value), **labels}
