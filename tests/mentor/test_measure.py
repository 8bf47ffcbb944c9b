"""`lynx mentor measure` on real runs: what differs is found and can be written; nothing is found where nothing is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading import sections
from lynx.content.reading.breaks import load_break
from tests.conftest import Lynx

CONSTANT = """
import minimodel.stack


def run(probe, *, seed, **args):
    for step in probe.steps(12):
        probe.record(loss=1.0 + 0.01 * ((seed * 7 + step * 3) % 5), size=3.0)
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack" / "93"
    shutil.copytree(data_dir("breaks") / "10" / "03-gradient-test", folder)
    spec = folder / "break.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace('id: "03"', 'id: "93"'), encoding="utf-8")
    return folder.parent


def test_what_differs_is_told_and_written_with_verdicts(pack: Path, lynx: Lynx) -> None:
    before = load_break(pack / "93")
    told = lynx("mentor", "measure", "93", "--pack", str(pack), "--write", "--json")
    assert told.code == 0, told.out + told.err
    found = told.json
    rows = {row["metric"]: row for row in found["rows"]}
    assert rows["grad_norm"]["layer"] == "blocks.0"
    assert not rows["grad_norm"]["better"]
    assert rows["sweep_at_0"]["better"]  # the gradient of a stack of zeros is larger without the plus
    firsts = [row["first"] for row in found["rows"]]
    assert firsts == sorted(firsts)
    after = load_break(pack / "93")
    assert len(after.predictions) == len(before.predictions) + 3
    added = [claim for claim in after.claims if claim.id not in {one.id for one in before.claims}]
    assert len(added) == len(found["claims"]) == 4
    assert {claim.verdict.value for claim in added} == {"HOLDS"}
    assert after.diff == before.diff
    checked = lynx("mentor", "check", "93", "--pack", str(pack), "--quick", "--json").json["breaks"][0]
    verdicts = {row["id"]: row["verdict"] for row in checked["claims"]}
    assert all(verdicts[claim.id] == "HOLDS" for claim in added)


def test_where_nothing_differs_it_says_so_and_writes_nothing(pack: Path, lynx: Lynx) -> None:
    spec = pack / "93" / "break.yaml"
    text = spec.read_text(encoding="utf-8").replace("run: scalar_stack", "run: ./experiment.py")
    spec.write_text(text, encoding="utf-8")
    (pack / "93" / "experiment.py").write_text(CONSTANT)
    told = lynx("mentor", "measure", "93", "--pack", str(pack), "--write")
    assert (told.code, spec.read_text(encoding="utf-8")) == (0, text), told.out + told.err
    assert "Nothing that was recorded differs" in told.out


BLANK = """\
id: x
# asked before
predictions:
  - id: P1
    ask: "<question>"
    kind: number

# claimed
claims:
  - id: mine
    says: it is so
symptom: it stops
"""


def test_blank_sections_are_replaced_and_written_ones_added_to() -> None:
    text = sections.with_items(BLANK, "predictions", [{"id": "P1", "ask": "<q>", "kind": "number"}])
    text = sections.with_items(
        text, "claims", [{"id": "mine", "says": "<c>"}, {"id": "other", "says": "<d>"}]
    )
    text = sections.with_items(text, "neighbours", [{"id": "n"}])
    assert text == (
        "id: x\n# asked before\npredictions:\n  - id: P1\n    ask: <q>\n    kind: number\n\n# claimed\n"
        "claims:\n  - id: mine\n    says: it is so\n  - id: mine2\n    says: <c>\n  - id: other\n    says: <d>\n\n"
        "symptom: it stops\n\nneighbours:\n  - id: n\n"
    )
