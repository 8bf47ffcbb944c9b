"""Where a child process begins, under whatever Python the learner's packages live in (3.9 or later).

Run as a file. It makes the package `lynx` from its own place without putting that place on `sys.path`:
beside Lynx lie its dependencies, and the learner's code must see its own versions of those.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path


def bootstrap() -> None:
    """Register `lynx` as a package at this file's great-grandparent, and forget this file's own folder."""
    here = Path(__file__).absolute().parent
    root = here.parent.parent
    # Python put the script's folder first: a module of the learner's called `probe` would find ours.
    sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != os.path.realpath(here)]
    spec = importlib.util.spec_from_file_location(
        "lynx", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no package at {root}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["lynx"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    bootstrap()
    if sys.argv[1] == "--worker":
        from lynx.runs.child.worker import from_stdin

        from_stdin(int(sys.argv[2]))
    else:
        from lynx.runs.child.supervisor import main

        main(int(sys.argv[1]))
