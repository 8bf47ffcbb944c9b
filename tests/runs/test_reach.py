"""Which statements run, by whoever is at work: recordings that nest, and what a cache holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import HANGS

MODULE = '''\
import functools


@functools.lru_cache
def made(n):
    total = 0
    for i in range(n):
        total += i
    return total


def plain(x):
    if x:
        return 1
    elif x is None:
        return 2
    return made(3)
'''

CODE = """
import importlib.util, sys
sys.path.insert(0, {root!r})
from lynx.runs.child.reach import Statements
s = Statements({top!r}, {{"m.py": [6, 8, 13, 14, 15, 17]}})
s.start()
sys.path.insert(0, {top!r})
import m
assert s.told(s.seen) == {{}}, s.told(s.seen)
outer, inner, again = set(), set(), set()
with s.recording(outer):
    m.plain(1)
    with s.recording(inner):  # equal to the outer one when it ends: told apart by identity
        m.plain(1)
    m.plain(0)
assert {{line for _, line in inner}} == {{13, 14}}, inner
assert {{line for _, line in outer}} == {{6, 8, 13, 14, 15, 17}}, outer
with s.recording(again):
    m.plain(0)
assert {{line for _, line in again}} == {{6, 8, 13, 15, 17}}, again  # what the cache once ran
assert m.made.cache_info().hits == 1
assert s.told(s.seen) == {{"m.py": [6, 8, 13, 14, 15, 17]}}
"""


def test_statements_are_noted_for_whoever_is_at_work(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(MODULE, encoding="utf-8")
    code = CODE.format(root=str(Path(__file__).parents[2]), top=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=HANGS
    )
    assert done.returncode == 0, done.stderr
