"""The pages of a phase and the program beside them: what a page writes, and what the program computes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import HANGS

PHASES = Path(__file__).parents[2] / "phases"
# A number with a decimal mark or an exponent, in either language's writing.
DECIMAL = re.compile(r"(?<![\w.,])[-−]?\d+(?:[.,]\d+(?:e[+-]?\d+)?|e[+-]?\d+)(?![\w])")

# One BLAS thread: on a busy machine two of them spin for each other, and take ten times as long.
CHILD = """
import importlib.util, json, sys
from pathlib import Path
found = {}
for path in (Path(sys.argv[1]) / name for name in ("numbers.py", "rule.py", "of_the_map.py")):
    if not path.exists():
        continue
    spec = importlib.util.spec_from_file_location(f"phase_{path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    new = module.figures()
    assert not set(found) & set(new)
    found.update(new)
print(json.dumps(found))
"""


def declared_pages(phase: str) -> dict[str, Any]:
    """What `numbers.yaml` declares of each page of the phase."""
    pages: dict[str, Any] = yaml.safe_load((PHASES / phase / "theory" / "numbers.yaml").read_text("utf-8"))[
        "pages"
    ]
    return pages


@cache
def figures(phase: str) -> dict[str, float]:
    """Every figure that the phase's program computes, by name."""
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(PHASES / phase / "theory")],
        env=one_thread,
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS,
    )
    found: dict[str, float] = json.loads(child.stdout)
    return found


def as_written(value: float, form: str) -> str:
    """`value`, rounded to as many digits as `form` (English writing) shows."""
    mantissa, exponent_mark, _ = form.replace("−", "-").partition("e")
    digits = len(mantissa.partition(".")[2])
    if not exponent_mark:
        return f"{value:.{digits}f}"
    head, _, tail = f"{value:.{digits}e}".partition("e")
    return f"{head}e{int(tail)}"


def unsigned(form: str) -> str:
    return form.lstrip("-−")


def text_of(phase: str, page: str, language: str) -> str:
    return (PHASES / phase / f"{page}.{language}.md").read_text("utf-8")


def undeclared(text: str, language: str, declared: dict[str, Any]) -> list[str]:
    allowed = {unsigned(item[language]) for item in declared["figures"] + declared["given"]}
    return [token for token in DECIMAL.findall(text) if unsigned(token) not in allowed]


def contains(text: str, form: str) -> bool:
    return re.search(rf"(?<![\w.,]){re.escape(form)}(?![\w]|[.,]\d)", text) is not None
