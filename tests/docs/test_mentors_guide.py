"""docs/mentors.md, followed to the letter: files written, edits made, commands run, in its order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.following import ROOT, Shell, blocks, follow, shell_at

GUIDE = ROOT / "docs" / "mentors.md"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return shell_at(tmp_path, "houses")


def test_the_guide_works_to_the_letter(shell: Shell) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    said = [follow(block, shell) for block in blocks(text)]
    everything = " ".join("\n".join(said).split())  # as it was before the terminal wrapped it
    assert "is still to be written" in everything
    assert "NotImplementedError: train or evaluate here" in everything
    page = (shell.top / "breaks/00/50-scaling/break.yaml").read_text(encoding="utf-8")
    wanted = next(block.text for block in blocks(text) if block.file.endswith("break.yaml"))
    assert page == wanted
    proof = json.loads((shell.top / "breaks/00/50-scaling/proof.json").read_text(encoding="utf-8"))
    assert proof["seeds"] == 10
    assert set(proof["predictions"]["P3"]["curve"]) == {"0", "10", "39"}
    spanish = (shell.top / "breaks/00/50-scaling/es.yaml").read_text(encoding="utf-8")
    assert "\nmade_from:\n" in spanish
    assert "# What the loss does with centring\n    ask:\n" in spanish
    assert "texts are left to translate" in everything
    assert "1 was in this format already" in everything
    sound = next(
        block.text for block in blocks(text) if block.file == "scaling.py" and block.language == "python"
    )
    assert (shell.top / "scaling.py").read_text(encoding="utf-8") == sound


def test_the_guide_has_the_blocks_this_test_is_about() -> None:
    kinds = [(block.language, block.file) for block in blocks(GUIDE.read_text(encoding="utf-8"))]
    assert ("diff", "scaling.py") in kinds
    assert sum(kind == ("sh", "") for kind in kinds) >= 5


def test_what_the_guide_quotes_is_what_the_check_says() -> None:
    """Each left cell of the last table is a piece of a message in lynx/mentor."""
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "lynx" / "mentor").glob("*.py"))
    source = re.sub(r'"\s*\n\s*"', "", source)
    table = GUIDE.read_text(encoding="utf-8").rpartition("| it says |")[2]
    for row in table.splitlines()[2:]:
        quoted = row.split("|")[1].strip()
        words = re.sub(r"(HOLDS|REFUTED|UNDECIDED)", "{}", quoted).replace("fix 1", "fix {}")
        pattern = r"\{\w*\}".join(map(re.escape, words.split("{}")))
        assert re.search(pattern, source), quoted
