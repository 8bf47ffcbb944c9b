"""The main job, played through the command line by editing the notes file, from `init` to the debrief."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Lynx

ANSWERS = {"P1": "0,5", "P2": "near", "P3": "1e-7", "P4": "1e-3", "P5": "90 %"}


def answer(notes: Path, *names: str) -> None:
    """Write the answers where a learner would."""
    text = notes.read_text(encoding="utf-8")
    for name in names:
        value = ANSWERS[name]
        head, block, rest = re.split(rf"(### {name} .*?- because:)", text, maxsplit=1, flags=re.S)
        block = block.replace("- prediction:", f"- prediction: {value}")
        block = block.replace("- confidence:", "- confidence: 70").replace(
            "- because:", "- because: I think so"
        )
        text = head + block + rest
    notes.write_text(text, encoding="utf-8")


def test_a_whole_session(lynx: Lynx, tmp_path: Path) -> None:
    made = lynx("init", "work", "--learner", "Ada Lovelace", "--json")
    assert made.code == 0
    work = tmp_path / "work"

    began = lynx("break", "00", "--json", cwd=work)
    assert began.code == 0
    assert {k: began.json[k] for k in ("break", "stage", "target", "notes")} == {
        "break": "00",
        "stage": "predicting",
        "target": "src/minimodel/nn/blocks.py",
        "notes": "phase-10/notes/breaks.md",
    }
    target = work / began.json["target"]
    notes = work / began.json["notes"]
    assert "        return h\n" in target.read_text()
    assert "return x + h" not in target.read_text()

    # the gate
    early = lynx("hint", cwd=work)
    assert early.code == 1
    refused = lynx("run", cwd=work)
    assert refused.code == 1
    assert f"{began.json['notes']}:4" in refused.err
    answer(notes, "P1", "P2", "P4", "P5")
    notes.write_text(notes.read_text(encoding="utf-8") + "\nmy own words 🌱\n", encoding="utf-8")
    refused = lynx("run", "--json", cwd=work)
    assert refused.code == 1
    assert refused.json["error"]["code"] == "predictions-missing"
    assert {p["about"] for p in refused.json["error"]["problems"]} == {"P3"}
    answer(notes, "P3")

    ran = lynx("run", "--json", cwd=work)
    assert ran.code == 0, ran.err
    by_id = {p["id"]: p for p in ran.json["predictions"]}
    assert by_id["P1"]["predicted"] == 0.5
    assert by_id["P1"]["says"] == {"course": 0.8}
    assert by_id["P1"]["measured"] < 0.01
    assert by_id["P1"]["result"] == "miss"
    assert by_id["P2"]["result"] == "hit"
    assert by_id["P3"]["measured"] > 1e-4  # the page says vanished from step 1; it is not
    claims = {c["id"]: c for c in ran.json["claims"]}
    assert claims["nan-within-50"]["verdict"] == "REFUTED"
    assert (claims["nan-within-50"]["k"], claims["nan-within-50"]["n"]) == (0, 3)
    text = notes.read_text(encoding="utf-8")
    assert "my own words 🌱\n" in text
    assert text.count("- measured:") == 5
    assert text.count("- observed:") == 1

    # looking, hints, a control
    shown = lynx("show", "grad_norm", "--layer", "1", "--step", "0", cwd=work)
    assert shown.code == 0
    first = lynx("hint", "--json", cwd=work)
    assert (first.code, first.json["level"], first.json["of"]) == (0, 1, 3)
    assert lynx("hint", cwd=work).code == 1
    assert lynx("hint", "--level", "1", cwd=work).code == 0
    listed = lynx("control", cwd=work)
    assert "clip" in listed.out
    asked = lynx("control", "clip", cwd=work)
    assert asked.code == 2
    assert "--expect" in asked.err
    tried = lynx("control", "clip", "--expect", "vanishing", "--sure", "70", "--json", cwd=work)
    assert tried.code == 0
    assert tried.json["ruled_out"] == ["vanishing"]
    assert lynx("hint", "--json", cwd=work).json["level"] == 2

    # fixing
    assert lynx("verify", "--json", cwd=work).json["verdict"] == "untouched"
    broken = target.read_text()
    target.write_text(broken.replace("        return h\n", "        return self.norm(x) + h\n"))
    wrong = lynx("verify", "--json", cwd=work)
    assert (wrong.code, wrong.json["verdict"]) == (1, "not-fixed")
    assert wrong.json["oracle"]["failed"] == wrong.json["oracle"]["cases"] > 0
    target.write_text(broken.replace("        return h\n", "        return h +\n"))
    assert lynx("verify", "--json", cwd=work).json["verdict"] == "does-not-compile"
    target.write_text(broken.replace("        return h\n", "        return h + x\n"))
    fixed = lynx("verify", "--json", cwd=work)
    assert (fixed.code, fixed.json["verdict"], fixed.json["same_as_reference"]) == (0, "fixed", False)
    assert "lynx explain --text" in fixed.json["next"]

    asked = lynx("explain", cwd=work)
    assert asked.code == 2
    told = lynx("explain", "--text", "The identity path was gone, so the step was too long.", cwd=work)
    assert told.code == 0
    for words in ("+        return x + h", "NaN within", "refuted (0 of 3)", "0.8"):
        assert words in told.out
    assert "- explanation: The identity path was gone" in notes.read_text(encoding="utf-8")

    # home again, and the file given back
    status = lynx("status", "--json", cwd=work)
    assert (status.json["break"], status.json["stage"], status.json["hints"]) == (
        "00",
        "done",
        {"shown": 2, "of": 3},
    )
    states = {b["id"]: b["state"] for b in lynx("list", "--json", cwd=work).json["breaks"]}
    assert states["00"] == "done"
    assert lynx("reset", cwd=work).code == 2
    back = lynx("reset", "--yes", cwd=work)
    assert back.code == 0
    assert target.read_text() == broken.replace("        return h\n", "        return x + h\n")
    again = lynx("break", "00", "--json", cwd=work)
    assert again.code == 0
    assert "attempt 2" in notes.read_text(encoding="utf-8")
