"""What the providers at hand say of themselves: `terraform providers schema`, asked once for each version.

The answer of AWS's is 14 MB and takes five seconds, so what is emitted of it is kept in the user's cache folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.sandbox.terraform import REGISTRY, Providers, Terraform, required_providers

Json = dict[str, Any]
SECTIONS: Final = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}
"""What a block's section is called in a schema document."""


def own_schemas(stacks: Iterable[Path], providers: Providers, scratch: Path, *, cache: Path) -> dict[str, Json]:
    """Return the schema of each provider at hand by its address, pruned to the types that `stacks` hold."""
    wanted = _types_by_source(stacks)
    found = {}
    for source in sorted(wanted.keys() & providers.packages.keys()):
        kept = cache / f"{_key(source, providers.packages[source], wanted[source])}.json"
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            # One worker asks, the other reads.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.is_file():
                part = kept.with_suffix(".part")
                part.write_text(json.dumps(_pruned(_asked(source, providers, scratch), wanted[source])))
                part.replace(kept)
        found[f"{REGISTRY}/{source}"] = json.loads(kept.read_text())
    return found


def _types_by_source(stacks: Iterable[Path]) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for stack in stacks:
        content = json.loads((stack / "cdk.tf.json").read_text())
        for name, required in required_providers(stack).items():
            types = found.setdefault(required["source"], set())
            types |= {each for each in _types(content) if each[1].partition("_")[0] == name}
    return found


def _types(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section in SECTIONS:
        for type_ in content.get(section, {}):
            yield section, type_


def _key(source: str, package: Path, types: Iterable[tuple[str, str]]) -> str:
    """Another version, platform or program is another document, and so is another choice of types."""
    programs = [(each.name, each.stat().st_size) for each in sorted(package.glob("terraform-provider-*"))]
    asked = json.dumps([package.parent.name, package.name, programs, sorted(types)])
    return f"{source.replace('/', '-')}-{package.parent.name}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"


def _asked(source: str, providers: Providers, scratch: Path) -> Json:
    folder = scratch / source.replace("/", "-")
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(
        json.dumps({"terraform": {"required_providers": {source.rpartition("/")[2]: {"source": source}}}})
    )
    terraform = Terraform.ready(folder, providers=providers, environment={})
    schema: Json = json.loads(terraform.run("providers", "schema", "-json"))["provider_schemas"][f"{REGISTRY}/{source}"]
    return schema


def _pruned(schema: Json, types: Iterable[tuple[str, str]]) -> Json:
    """Keep the provider's own block and the types that are asked for; one that it does not know stays unknown."""
    kept: Json = {"provider": schema["provider"], **{section: {} for section in SECTIONS.values()}}
    for section, type_ in types:
        known = schema.get(SECTIONS[section], {})
        if type_ in known:
            kept[SECTIONS[section]][type_] = known[type_]
    return kept
