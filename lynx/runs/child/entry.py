"""Where a child process begins, under whatever Python the learner's packages live in (3.9 or later).

Run as a file. It makes the package `lynx` from its own place without putting that place on `sys.path`:
beside Lynx lie its dependencies, and the learner's code must see its own versions of those. Before any
other import come the trampolines (`serving`): what is imported earlier keeps the real `open`.
"""
# Plain strings and the import machinery that is there at start-up: pathlib would keep an `open` of its own.
# ruff: noqa: PTH100, PTH118, PTH120

import os
import sys


def bootstrap() -> None:
    """Register `lynx` as a package at this file's great-grandparent, and forget this file's own folder."""
    from importlib.machinery import ModuleSpec, SourceFileLoader

    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    # Python put the script's folder first: a module of the learner's called `probe` would find ours.
    sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != os.path.realpath(here)]
    path = os.path.join(root, "__init__.py")
    loader = SourceFileLoader("lynx", path)
    spec = ModuleSpec("lynx", loader, origin=path, is_package=True)
    spec.submodule_search_locations = [root]
    module = type(sys)("lynx")
    module.__spec__, module.__path__, module.__file__ = spec, [root], path
    module.__loader__ = loader
    sys.modules["lynx"] = module
    loader.exec_module(module)


if __name__ == "__main__":
    bootstrap()
    from lynx.runs.child import serving

    serving.install()
    if sys.argv[1] == "--worker":
        from lynx.runs.child.worker import from_stdin

        from_stdin(int(sys.argv[2]))
    elif "--warm" in sys.argv:
        from lynx.runs.child.warm import main as stay

        stay(int(sys.argv[1]), torch="--torch" in sys.argv)
    else:
        from lynx.runs.child.supervisor import main

        main(int(sys.argv[1]), views="--views" in sys.argv)
