"""A check in parts: the parts are about alike and the same everywhere, and only proofs of what is here are counted."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lynx.content.catalog import data_dir
from lynx.errors import Refused
from lynx.mentor import shards
from lynx.mentor.check import check
from lynx.mentor.choosing import Chosen
from lynx.view.data.mentor import checked

SHIPPED = [Chosen(path.parent, "lynx") for path in sorted(data_dir("breaks").glob("*/*/break.yaml"))]


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_every_break_is_in_exactly_one_part(n: int) -> None:
    parts = [shards.part(SHIPPED, f"{k}/{n}") for k in range(1, n + 1)]
    assert sorted(one.folder for part in parts for one in part) == sorted(one.folder for one in SHIPPED)
    again = [shards.part(SHIPPED[::-1], f"{k}/{n}") for k in range(1, n + 1)]
    assert [set(map(str, part)) for part in parts] == [set(map(str, part)) for part in again]


def test_no_part_is_longer_than_it_needs_be(tmp_path: Path) -> None:
    chosen = []
    for i, seconds in enumerate([9, 8, 7, 3, 3, 3, 2, 1]):
        folder = tmp_path / f"{i:02d}-x"
        folder.mkdir()
        (folder / "proof.json").write_text(json.dumps({"seconds": seconds, "controls": {}}))
        chosen.append(Chosen(folder, "p"))
    loads = [
        sum(
            json.loads((one.folder / "proof.json").read_text())["seconds"]
            for one in shards.part(chosen, f"{k}/3")
        )
        for k in (1, 2, 3)
    ]
    assert loads == [12, 12, 12]


@pytest.mark.parametrize("said", ["0/5", "6/5", "2", "a/b", "2/0", "-1/3"])
def test_what_is_no_part_is_refused(said: str) -> None:
    with pytest.raises(Refused) as caught:
        shards.part(SHIPPED, said)
    assert caught.value.code == "bad-shard"


@pytest.fixture
def parts(bench: Any, tmp_path: Path) -> tuple[Chosen, Path, dict[str, Any]]:
    """A break that was checked, and what that printed."""
    bench.write()
    chosen = Chosen(bench.folder, "repository")
    found = check([chosen], bench.options())
    path = tmp_path / "part-1.json"
    printed = json.loads(json.dumps(checked(found)))
    path.write_text(json.dumps(printed))
    return chosen, path, printed


def test_parts_prove_what_is_here_and_nothing_else(
    parts: tuple[Chosen, Path, dict[str, Any]], tmp_path: Path
) -> None:
    chosen, path, printed = parts
    other = Chosen(shutil.copytree(chosen.folder, tmp_path / "51-other"), "repository")
    found = shards.merge([path], [chosen, other])
    assert [(row.id, row.state, row.files) for row in found.rows] == [
        ("50", "proved", ("part-1.json",)),
        ("51", "missing", ()),
    ]
    assert not found.ok
    assert found.quick
    assert shards.merge([path, path], [chosen]).ok

    page = chosen.folder / "break.yaml"
    before = page.read_bytes()
    page.write_bytes(before + b"# changed\n")
    assert [row.state for row in shards.merge([path], [chosen]).rows] == ["other"]
    page.write_bytes(before)

    printed["breaks"][0]["claims"][0]["verdict"] = "UNDECIDED"
    second = tmp_path / "part-2.json"
    second.write_text(json.dumps(printed))
    assert [row.state for row in shards.merge([path, second], [chosen]).rows] == ["disagree"]

    printed["breaks"][0] |= {"ok": False, "problems": [{"where": "break.yaml:3", "what": "no", "remedy": ""}]}
    second.write_text(json.dumps(printed))
    (row,) = shards.merge([second], [chosen]).rows
    assert (row.state, row.problems) == ("fails", ("break.yaml:3  no",))


def test_what_a_tool_leaves_in_the_folder_is_no_change(parts: tuple[Chosen, Path, dict[str, Any]]) -> None:
    chosen, path, _ = parts
    (chosen.folder / "__pycache__").mkdir()
    (chosen.folder / "__pycache__/experiment.cpython-311.pyc").write_bytes(b"x")
    assert shards.merge([path], [replace(chosen)]).ok
    shutil.rmtree(chosen.folder / "__pycache__")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"breaks": [{"id": "50"}]}', '{"breaks": 3}', None])
def test_a_file_that_is_no_part_is_named(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Refused, match=r"part\.json") as caught:
        shards.merge([path], SHIPPED)
    assert caught.value.code == "no-shard"
