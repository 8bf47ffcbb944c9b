"""The copy of the starter that checks run in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lynx.mentor import ground
from lynx.repo import workspace


def test_breaks_that_are_checked_side_by_side_make_one_copy(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ground.starter_copy(tmp_path / "cache"), range(8)))
    (copy,) = found
    assert ground.tree_hash(copy) == ground.tree_hash(workspace.starter())
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [copy.name]
