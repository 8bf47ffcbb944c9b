"""How the code around a bug is made and called, as far as its source tells: for tests that write themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lynx.mentor import guess

if TYPE_CHECKING:
    from lynx.mentor.guess import Guess

TENSOR = re.compile(r"^from ([\w.]+) import .*\bTensor\b", re.MULTILINE)


def building(source: bytes, scope: str, module: str) -> tuple[str, str] | None:
    """Imports, and the function `make(rng)`; None where something is still to be built by hand."""
    found = guess.guess(source, scope or None, module)
    if found is None:
        return None
    if found.built is not None:
        return None if found.built.unknown else _split(found.built.text)
    return _plain(found, source.decode("utf-8", "replace"))


def _split(text: str) -> tuple[str, str]:
    """The text of an oracle.py, in two."""
    head, _, body = text.partition("def make(")
    imports = "\n".join(line for line in head.splitlines() if line.startswith(("import ", "from ")))
    return imports, re.sub(r'\n    """.*?"""', "", f"def make({body}", count=1, flags=re.DOTALL)


def _plain(found: Guess, source: str) -> tuple[str, str]:
    """A class or function whose arguments are numbers and arrays."""
    module, _, name = found.call.partition(":")
    init = ", ".join(f"{key}={value}" for key, value in found.init.items())
    lines = [f"from {module} import {name}"]
    if re.search(r"^\s*(?:import|from)\s+torch\b", source, re.MULTILINE):
        lines.append("import torch")
        wrap = "torch.tensor({})"
    elif match := TENSOR.search(source):
        lines.append(f"from {match[1]} import Tensor")
        wrap = "Tensor({})"
    else:
        wrap = "{}"
    inputs = []
    for one in found.inputs:
        shape = ", ".join("4" if size == "batch" else size for size in one.shape)
        drawn = (
            f"rng.standard_normal(({shape},))"
            if one.below is None
            else f"rng.integers({one.below}, size=({shape},))"
        )
        if wrap.startswith("torch") and one.below is None:
            drawn += ".astype('float32')"
        inputs.append(wrap.format(drawn))
    made = f"{name}({init})" if init or name[:1].isupper() else name
    body = f"def make(rng):\n    called = {made}\n    return called, ({', '.join(inputs)},)\n"
    return "\n".join(lines), body
