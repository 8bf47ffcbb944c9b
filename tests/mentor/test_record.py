"""An edit becomes a break, the file comes back byte for byte, and what is left to write is named."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lynx.content.reading.breaks import load_break
from lynx.errors import Refused
from lynx.mentor import skeleton
from lynx.mentor.check import check
from lynx.mentor.choosing import Chosen, choose
from lynx.mentor.record import new, record
from lynx.mentor.shortest import shortest
from lynx.repo import patch
from lynx.store import trust

SOUND = "    centred = x - x.mean(axis=0)\n"
BUG = "    centred = x\n"


def edit(bench: Any, old: str = SOUND, new_: str = BUG, name: str = "scaling.py") -> bytes:
    path = bench.top / name
    before = path.read_bytes()
    path.write_bytes(before.replace(old.encode(), new_.encode()))
    assert path.read_bytes() != before
    return before


def recorded(bench: Any, name: str = "scaling.py", **more: Any) -> Any:
    return record(Path(name), cwd=bench.top, environ=bench.environ, **{"id": "51", **more})


def test_the_edit_becomes_a_break_and_the_file_comes_back(foreign: Any) -> None:
    before = edit(foreign)
    path = foreign.top / "scaling.py"
    path.chmod(0o640)
    found = recorded(foreign, slug="centre", phase=3)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert found.folder == foreign.top / "breaks" / "03" / "51-centre"
    assert found.within == "standardise"
    assert found.diff == f"@@\n-{SOUND}+{BUG}"
    assert found.restored
    assert trust.is_trusted(found.folder, foreign.home)
    break_ = load_break(found.folder)
    assert (break_.id, break_.slug, break_.phase, break_.target, break_.base) == (
        "51",
        "centre",
        3,
        "scaling.py",
        ".",
    )
    assert break_.pythonpath == (".",)
    assert break_.oracle is not None
    assert break_.oracle.call == "scaling:standardise"
    assert patch.apply(before, break_.diff, within=break_.within).data == before.replace(
        SOUND.encode(), BUG.encode()
    )
    git = subprocess.run(
        ["git", "-C", str(foreign.top), "status", "--porcelain"], capture_output=True, check=True
    )
    assert git.stdout == b"?? breaks/\n"


def test_editors_find_the_schema_from_the_first_line(foreign: Any) -> None:
    edit(foreign)
    folder = recorded(foreign).folder
    first = (folder / "break.yaml").read_text(encoding="utf-8").splitlines()[0]
    comment, _, path = first.partition("$schema=")
    assert comment == "# yaml-language-server: "
    schema = json.loads((folder / path).resolve().read_text(encoding="utf-8"))
    assert "predictions" in schema["properties"]
    assert (folder / path).resolve() == foreign.top / "breaks" / skeleton.SCHEMA_FILE


def test_a_skeleton_fails_the_check_by_naming_each_blank(foreign: Any) -> None:
    edit(foreign)
    found = recorded(foreign)
    (result,) = check([Chosen(found.folder, "repository")], foreign.options()).breaks
    text = (found.folder / "break.yaml").read_text(encoding="utf-8").splitlines()
    named = [p for p in result.problems if "still" in p.what]
    assert len(named) == found.blanks
    assert all("<" in text[int(p.where.rpartition(":")[2]) - 1] for p in named)
    assert any("NotImplementedError: train or evaluate here" in p.what for p in result.problems)


def test_ten_texts_are_left_to_write_in_the_mentors_own_language(foreign: Any) -> None:
    from lynx.view.language import _, use

    use("es")
    try:
        edit(foreign)
        found = recorded(foreign, language="es", say=_)
    finally:
        use("en")
    assert found.blanks == 10
    break_ = load_break(found.folder)
    assert (break_.language, break_.title) == ("es", {"es": "<título: qué se hizo, en una línea>"})
    assert (break_.rivals, break_.controls, break_.why, break_.symptom) == ({}, {}, {}, {})


def test_a_break_without_an_edit_is_scaffolded(foreign: Any) -> None:
    before = (foreign.top / "scaling.py").read_bytes()
    found = new(Path("scaling.py"), cwd=foreign.top, environ=foreign.environ, id="52", slug="later")
    assert (foreign.top / "scaling.py").read_bytes() == before
    assert not found.restored
    (result,) = check([Chosen(found.folder, "repository")], foreign.options()).breaks
    assert not result.ok
    assert any("<the healthy line" in p.what for p in result.problems)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_line_endings_on_disk_are_kept(foreign: Any, ending: bytes) -> None:
    """git keeps LF (autocrlf) and the disk has CRLF: what is put back is what was on the disk."""
    path = foreign.top / "scaling.py"
    before = path.read_bytes().replace(b"\n", ending)
    path.write_bytes(
        before.replace(SOUND.encode().replace(b"\n", ending), BUG.encode().replace(b"\n", ending))
    )
    recorded(foreign)
    assert path.read_bytes() == before


def test_an_edit_that_is_staged_already(foreign: Any) -> None:
    before = edit(foreign)
    subprocess.run(["git", "-C", str(foreign.top), "add", "scaling.py"], check=True)
    recorded(foreign)
    assert (foreign.top / "scaling.py").read_bytes() == before


def test_a_file_that_git_does_not_know_needs_its_sound_version(foreign: Any) -> None:
    (foreign.top / "new.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    with pytest.raises(Refused, match="--healthy FILE"):
        recorded(foreign, "new.py")
    (foreign.top / "sound.txt").write_text("def f(x):\n    return x + 1\n", encoding="utf-8")
    found = recorded(foreign, "new.py", healthy=Path("sound.txt"))
    assert found.diff == "@@\n-    return x + 1\n+    return x\n"
    assert (foreign.top / "new.py").read_text(encoding="utf-8") == "def f(x):\n    return x + 1\n"


def test_a_module_below_src_and_a_class(foreign: Any) -> None:
    folder = foreign.top / "src" / "nets" / "deep"
    folder.mkdir(parents=True)
    (folder / "layer.py").write_text(
        "class Layer:\n    def __init__(self, width, bias=True):\n        self.w = width\n\n"
        "    def forward(self, x, skip):\n        return x * self.w\n",
        encoding="utf-8",
    )
    subprocess.run(["git", "-C", str(foreign.top), "add", "src"], check=True)
    (folder / "layer.py").write_text(
        (folder / "layer.py").read_text().replace("x * self.w", "x"), encoding="utf-8"
    )
    found = recorded(foreign, "src/nets/deep/layer.py")
    break_ = load_break(found.folder)
    assert break_.pythonpath == ("src",)
    assert break_.within == "Layer.forward"
    assert break_.oracle is not None
    assert break_.oracle.call == "nets.deep.layer:Layer"
    assert dict(break_.oracle.init) == {"width": 8}
    assert len(break_.oracle.inputs) == 2
    assert "from nets.deep.layer import Layer" in (found.folder / "experiment.py").read_text(encoding="utf-8")


def test_an_own_experiment_is_copied(foreign: Any, script: str) -> None:
    (foreign.top / "mine.py").write_text(script, encoding="utf-8")
    edit(foreign)
    found = recorded(foreign, experiment="mine.py")
    assert (found.folder / "mine.py").read_text(encoding="utf-8") == script
    assert load_break(found.folder).experiment.run == "./mine.py"


def refusals() -> list[tuple[str, Callable[[Any], object], str]]:
    return [
        ("no edit", lambda bench: recorded(bench), "no edit to record"),
        ("no file", lambda bench: recorded(bench, "gone.py"), "is no file"),
        ("outside git", lambda bench: record(Path("x.py"), cwd=bench.home, environ={}, id="1"), "is no file"),
        ("not Python", edited(SOUND, "    centred = (\n"), "does not compile"),
        ("bad id", edited(SOUND, BUG, id="../x"), "cannot be the id"),
        ("bad slug", edited(SOUND, BUG, slug="A B"), "cannot be the slug"),
    ]


def edited(old: str, new_: str, **more: Any) -> Callable[[Any], object]:
    def act(bench: Any) -> object:
        edit(bench, old, new_)
        return recorded(bench, **more)

    return act


@pytest.mark.parametrize(
    ("name", "act", "says"), refusals(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_refused_changes_nothing(
    foreign: Any, name: str, act: Callable[[Any], object], says: str
) -> None:
    foreign.home.mkdir()
    with pytest.raises(Refused, match=says):
        act(foreign)
    assert not (foreign.top / "breaks").exists()


def test_a_folder_that_is_there_is_kept_and_so_is_the_edit(foreign: Any) -> None:
    edit(foreign)
    first = recorded(foreign)
    edit(foreign)
    broken = (foreign.top / "scaling.py").read_bytes()
    with pytest.raises(Refused, match="is there already"):
        recorded(foreign)
    assert (foreign.top / "scaling.py").read_bytes() == broken
    assert load_break(first.folder).id == "51"


def test_a_target_that_cannot_be_put_back_leaves_no_folder(foreign: Any) -> None:
    edit(foreign)
    path = foreign.top / "scaling.py"
    os.link(path, foreign.top / "twin.py")
    broken = path.read_bytes()
    with pytest.raises(Refused, match="hard link"):
        recorded(foreign)
    assert path.read_bytes() == broken
    assert not list((foreign.top / "breaks").glob("00/*"))


TWINS = b"def f(x):\n    y = g(x)\n    return y\n\n\ndef h(x):\n    y = g(x)\n    return y\n"


@pytest.mark.parametrize(
    ("healthy", "broken"),
    [
        (TWINS, TWINS.replace(b"    return y\n", b"    return x\n", 1)),  # a twin below: told by `within`
        (TWINS, TWINS[::-1].replace(b"    y = g(x)\n"[::-1], b"    y = x\n"[::-1], 1)[::-1]),
        (b"def f(x):\n    a = 1\n    return a\n", b"def f(x):\n    return a\n"),  # a deletion
        (b"def f(x):\n    a = 1\n    return a\n", b"def f(x):\n    a = 1\n    a = 2\n    return a\n"),
        (b"LIMIT = 3\n\n\ndef f(x):\n    return x\n", b"LIMIT = 4\n\n\ndef f(x):\n    return x\n"),
        (b"def f(x):\n    return x", b"def f(x):\n    return -x"),  # no newline at the end
    ],
)  # fmt: skip
def test_the_shortest_diff_that_is_proved(healthy: bytes, broken: bytes) -> None:
    diff, within = shortest(healthy, broken, "m.py")
    assert patch.apply(healthy, diff, within=within).data == broken
    assert patch.reverse(broken, diff, within=within) == healthy
    assert not any(line.startswith(("---", "+++", "@@ ")) for line in diff.splitlines())


def test_what_could_go_in_again_is_no_break() -> None:
    with pytest.raises(Refused, match="cannot be told from other places"):
        shortest(b"def f(x):\n    return x\n", b"def f(x):\n    return x\n\n\nf(1)\n", "m.py")


def test_a_name_means_the_pack_that_was_named_and_elsewhere_trust_is_needed(foreign: Any) -> None:
    edit(foreign)
    found = recorded(foreign)
    here = {"cwd": foreign.top, "environ": foreign.environ}
    assert choose(["51"], **here) == [Chosen(found.folder, "repository")]
    (found.folder / "break.yaml").open("a").write("# changed\n")
    with pytest.raises(Refused, match="nothing was run") as refused:
        choose(["51"], **here)
    assert "lynx mentor check 51 --pack breaks/00/51-standardise" in str(refused.value)
    (chosen,) = choose(["51"], pack=[Path("breaks")], **here)
    assert chosen.folder.resolve() == found.folder
    assert choose([], everything=True, pack=[Path("breaks")], **here) == [chosen]
    with pytest.raises(Refused, match="no break '77'"):
        choose(["77"], pack=[Path("breaks")], **here)
    with pytest.raises(Refused, match="no break to check"):
        choose([], **here)


def test_an_edit_in_a_workspace_is_a_break_of_the_starter(foreign: Any, tmp_path: Path) -> None:
    from lynx.repo import workspace

    made = workspace.create(tmp_path / "ana", "ana")
    target = made.top / "src" / "minimodel" / "nn" / "blocks.py"
    before = target.read_bytes()
    target.write_bytes(before.replace(b"return x + h", b"return h"))
    assert target.read_bytes() != before
    here = {"cwd": made.top, "environ": foreign.environ}
    found = record(Path("src/minimodel/nn/blocks.py"), id="70", slug="no-skip", phase=10, **here)
    assert target.read_bytes() == before
    break_ = load_break(found.folder)
    assert (break_.base, break_.target) == ("starter", "src/minimodel/nn/blocks.py")
    assert break_.within == "ResidualBlock.forward"
    assert (break_.experiment.run, break_.pythonpath) == ("deep_mlp", ("src",))
    assert break_.oracle is not None
    assert break_.oracle.call == "minimodel.nn.blocks:ResidualBlock"
    assert not (found.folder / "experiment.py").exists()
