"""Lets the bindings' imports be served by cdktn, CDKTF's successor, where that is installed instead (docs/cdktn.md)."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

RENAMED = (("cdktf_cdktf_provider_", "cdktn_provider_"), ("cdktf", "cdktn"))
"""How packages are called in CDKTF and in cdktn; the first that fits counts."""
GONE = {"cdktf_cdktf_provider_kubernetes.pod_security_policy_v1_beta1": "kubernetes_pod_security_policy_v1beta1"}
"""Modules that the successor's providers no longer have, and the Terraform type in each."""


def use_successor_if_installed() -> bool:
    """Serve imports of CDKTF from cdktn if only that is installed; return whether they are."""
    if PathFinder.find_spec("cdktf") is not None or PathFinder.find_spec("cdktn") is None:
        return False
    if not any(isinstance(finder, _Renaming) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Renaming())
    return True


class _Renaming(MetaPathFinder, Loader):
    """Finds a module of CDKTF under its name in cdktn."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim the modules that were renamed."""
        return ModuleSpec(fullname, self) if fullname.startswith("cdktf") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a module with the attributes of the successor's."""
        module = ModuleType(spec.name)
        module.__path__ = []
        if spec.name in GONE:
            module.__dict__["__getattr__"] = functools.partial(_gone, GONE[spec.name])
            return module
        old, new = next(pair for pair in RENAMED if spec.name.startswith(pair[0]))
        module.__dict__.update(vars(importlib.import_module(spec.name.replace(old, new, 1))))
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the successor's module was executed when it was imported."""


def take_one_as_list(class_: Any, *names: str) -> None:
    """Have `class_` take one block where the successor's providers want a list of one."""
    stock = class_.__init__

    @functools.wraps(stock)
    def init(self: Any, *args: Any, **named: Any) -> None:
        lists = {name: [named[name]] for name in names if name in named and not isinstance(named[name], list)}
        stock(self, *args, **(named | lists))

    class_.__init__ = init


def _gone(type_: str, name: str) -> Any:
    """Return a stand-in for what a module that is no more held: a resource of `type_`, or a block of it."""
    if name.startswith("__"):
        raise AttributeError(name)
    resource = "".join(part.title() for part in type_.removeprefix("kubernetes_").split("_"))
    return _generic_resource(type_) if name.lower().replace("_", "") == resource.lower() else _block


def _block(**arguments: Any) -> dict[str, Any]:
    """Return a block as Terraform's JSON has it."""
    return {key: value for key, value in arguments.items() if value is not None}


def _generic_resource(type_: str) -> Any:
    from cdktf import TerraformProviderGeneratorMetadata, TerraformResource

    class Generic(TerraformResource):
        """A resource that the successor's bindings do not know."""

        def __init__(self, scope: Any, id_: str, *, depends_on: Any = None, **arguments: Any) -> None:
            metadata = TerraformProviderGeneratorMetadata(provider_name=type_.partition("_")[0])
            super().__init__(
                scope, id_, terraform_resource_type=type_, terraform_generator_metadata=metadata, depends_on=depends_on
            )
            self._arguments = _block(**arguments)

        def _synthesize_attributes(self) -> dict[str, Any]:
            return self._arguments

    return Generic
