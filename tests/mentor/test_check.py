"""A sound break passes; every planted fault is caught, with file, line and remedy (issue 5, item 5)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lynx.mentor.check import check
from lynx.mentor.choosing import Chosen
from lynx.mentor.results import Progress
from lynx.view.data.mentor import break_check

SPANISH = (Path(__file__).parent / "data" / "es.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """One mutation of the sound break, the line it is to be reported at, and words of the message."""

    name: str
    replace: tuple[tuple[str, str], ...]
    at: str  # a piece of the line of break.yaml that the problem names
    says: str
    experiment: tuple[tuple[str, str], ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    spanish: tuple[tuple[str, str], ...] = ()  # of es.yaml, which `at` is then a line of


def hunk(old: str, new: str) -> str:
    return f"diff: |\n  @@\n{old}{new}"


DIFF = "diff: |\n  @@\n  -    centred = x - x.mean(axis=0)\n  +    centred = x\n"
RETURN = "    return centred / (centred.std(axis=0) + 1e-8)\n"
INERT = f"diff: |\n  @@\n  -{RETURN}  +{RETURN.replace('1e-8', '1e-9')}"
RANDOM = "import os\n\nimport numpy as np"

FAULTS = [
    Fault("diff-does-not-apply", ((DIFF, DIFF.replace("axis=0", "axis=3")),), "diff:", "is not there once"),
    Fault(
        "diff-fits-two-places",
        (
            (
                DIFF,
                "diff: |\n  @@\n  -x.sum(axis=0)\n  +x.sum()\n".replace("-x", "-    right = x").replace(
                    "+x", "+    right = x"
                ),
            ),
            ("within: standardise\n", ""),
            ("target: scaling.py", "target: twins.py"),
        ),
        "diff:",
        "more than one place",
    ),
    Fault(
        "diff-goes-in-twice",
        (
            (
                DIFF,
                "diff: |\n  @@\n       centred = x - x.mean(axis=0)\n  +    centred = centred + "
                "x.mean(axis=0)\n",
            ),
        ),
        "diff:",
        "goes in a second time",
    ),
    Fault(
        "diff-does-not-revert",
        (
            (
                DIFF,
                "diff: |\n  @@\n  -    left = x.sum(axis=0)\n       right = x.sum(axis=0)\n  -    return "
                "left + right\n  +    return right\n",
            ),
            ("within: standardise", "within: pair"),
            ("target: scaling.py", "target: mixed.py"),
        ),
        "diff:",
        "byte for byte",
    ),
    Fault(
        "bug-does-not-compile",
        ((DIFF, DIFF.replace("+    centred = x\n", "+    centred = (x\n")),),
        "diff:",
        "does not compile",
    ),
    Fault("oracle-blind", (("scaling:standardise", "scaling:widen"),), "oracle:", "does not see the bug"),
    Fault(
        "oracle-rejects-healthy",
        (("scaling:standardise", "scaling:gone"),),
        "oracle:",
        "the healthy code itself",
    ),
    Fault(
        "wrong-fix-accepted",
        (("+    centred = x - x.mean(axis=1, keepdims=True)", "+    centred = -x.mean(axis=0) + x"),),
        "- says: centres by row",
        "accepts wrong fix 1",
    ),
    Fault(
        "wrong-fix-does-not-apply",
        (("      -    centred = x\n", "      -    centred = y\n"),),
        "diff: |",
        "is not there once",
    ),
    Fault(
        "wrong-fix-does-not-compile",
        (("+    centred = x - x.mean(axis=1, keepdims=True)", "+    centred = x -"),),
        "diff: |",
        "proves nothing",
    ),
    Fault("oracle-lacks-shape", ((", {batch: 32}]", ", {batch: 31}]"),), "shapes:", "batch, 32"),
    Fault(
        "oracle-one-shape",
        (("[{batch: 2}, {batch: 7}, {batch: 32}]", "[{batch: 32}]"),),
        "shapes:",
        "one shape only",
    ),
    Fault(
        "holds-but-refuted",
        (("    verdict: REFUTED", "    verdict: HOLDS"),),
        "verdict: HOLDS",
        "'nan-at-once' is declared HOLDS, and 0 of 3 seeds meet it",
    ),
    Fault(
        "refuted-but-holds",
        (("scale: log}\n    verdict: HOLDS", "scale: log}\n    verdict: REFUTED"),),
        "verdict: REFUTED",
        "'runs-away' is declared REFUTED, measured HOLDS (3 of 3 seeds",
    ),
    Fault(
        "claim-within-noise",
        (
            (
                "    measure: {metric: loss, variant: broken, step: last}\n    compare: {to: healthy, "
                "direction: above, margin: 1000, scale: log}",
                "    measure: {metric: chance, variant: broken, step: last}\n    compare: {to: healthy, "
                "direction: above, margin: 0}",
            ),
        ),
        "verdict: HOLDS",
        "within the noise of healthy seeds",
        options={"quick": False},
    ),
    Fault(
        "nothing-to-see", ((DIFF, INERT),), "predictions:", "nothing the page measures tells the bug apart"
    ),
    Fault(
        "not-deterministic",
        (),
        "experiment:",
        "'chance' of healthy differs between two runs of seed 0",
        experiment=(
            ("import numpy as np", RANDOM),
            ("chance=float(rng.normal())", "chance=float(os.urandom(1)[0])"),
        ),
    ),
    Fault(
        "healthy-ill",
        (("expect: {at_most: 0.5}\n", "expect: {at_most: 1.0e-9}\n"),),
        "verdict: HOLDS",
        "the healthy side is ill",
    ),
    Fault(
        "no-healthy-claim",
        (("    healthy: true\n", ""),),
        "claims:",
        "no claim says that the healthy side is healthy",
    ),
    Fault(
        "control-the-other-way",
        (("args: {lr: 5.0e-4}", "args: {lr: 4.0e-2}"),),
        "expect: {at_most: 0.9}",
        "as expected in 0 of 3 seeds",
    ),
    Fault(
        "control-separates-nothing",
        (("lost: {at_least: 0.95}", "lost: {at_most: 0.95}"),),
        "predicts:",
        "separates nothing",
    ),
    Fault(
        "control-diff-does-not-apply",
        (("    args: {lr: 5.0e-4}\n", "    diff: |\n      @@\n      -    nothing\n      +    something\n"),),
        "diff: |",
        "is not there once",
    ),
    Fault(
        "rival-untested",
        (("rivals:\n", "rivals:\n  third: A third one\n"),),
        "third:",
        "no control puts the rival",
    ),
    Fault(
        "hint-quotes-the-diff",
        (("Look at what happens to the columns first.", "Is it `centred = x-x.mean( axis=0 )` or not?"),),
        "Is it `centred",
        "contains a line of the diff: “centred = x - x.mean(axis=0)",
    ),
    Fault(
        "hint-names-the-line",
        (),
        "Mira la línea 8.",
        "names the changed line, 8",
        spanish=(("Mira qué les pasa antes a las columnas.", "Mira la línea 8."),),
    ),
    Fault(
        "translation-missing",
        (),
        "title:",
        "'title' is not translated into es",
        spanish=(("title: Olvida centrar las columnas\n", ""),),
    ),
    Fault(
        "translation-stale",
        (("title: Forget to centre the columns", "title: Forget to centre every column"),),
        "title: Olvida",
        "'title' was translated before its text was changed",
        spanish=(("title: Olvida", "title: Olvida"),),
    ),
    Fault(
        "not-translated",
        (),
        "ask: What the loss does without the bug",
        "'predictions.P2.ask' is the same in en and in es",
        spanish=(("Qué hace la pérdida sin el error", "What the loss does without the bug"),),
    ),
    Fault(
        "python-without-numpy",
        (),
        "experiment:",
        "has no numpy",
        options={"python": "bare"},
    ),
    Fault(
        "nothing-records-it",
        (
            (
                "measure: {metric: loss, variant: broken, step: last, relative_to: {step: first}}",
                "measure: {metric: sharpness, variant: broken}",
            ),
        ),
        "measure: {metric: sharpness",
        "Nothing records “sharpness” in the run of “broken”",
    ),
    Fault("step-beyond-known", (("step: 10}", "step: 4000}"),), "step: 4000", "past the end of the run"),
    Fault(
        "step-beyond-measured",
        (("step: 10}", "step: 45}"), ("args: {steps: 40,", "args: {turns: 40,")),
        "step: 45",
        "lies beyond the run, which ends at step 39",
        experiment=(("steps, lr", "turns, lr"), ("probe.steps(steps)", "probe.steps(turns)")),
    ),
    Fault(
        "layer-missing",
        (
            (
                "measure: {metric: loss, variant: broken, step: 10}",
                "measure: {metric: weight, variant: broken, layer: garden, step: 10}",
            ),
        ),
        "layer: garden",
        "has no layer garden",
    ),
    Fault(
        "no-option-fits",
        (
            (
                "options: {falls: {at_most: 0.5}, rises: {at_least: 1.3}, flat: {}}",
                "options: {rises: {at_least: 1.3}, flat: {at_least: 0.9}}",
            ),
        ),
        "options:",
        "no option of 'P2' fits",
    ),
    Fault("over-budget", (("budget: 30", "budget: 0.001"),), "budget:", "more than the budget of 0.001 s"),
    Fault(
        "target-outside-starter",
        (("base: .", "base: starter"),),
        "target:",
        "scaling.py is not in the starter",
    ),
    Fault(
        "target-not-there",
        (("target: scaling.py", "target: scalings.py"),),
        "target:",
        "is not in the repository",
    ),
    Fault(
        "blank",
        (("The loss grows at every step.", '"<what goes wrong>"'),),
        "symptom:",
        "'symptom' is still to be written",
    ),
]


def test_a_sound_break_passes_with_figures(bench: Any) -> None:
    found = bench.check(quick=False)
    assert [p.line() for p in found.problems] == []
    assert found.ok
    assert [(row.id, str(row.verdict), row.k, row.n) for row in found.claims] == [
        ("healthy-trains", "HOLDS", 5, 5),
        ("runs-away", "HOLDS", 5, 5),
        ("nan-at-once", "REFUTED", 0, 10),
    ]
    assert found.claims[1].p == pytest.approx(1 / 252)
    assert [(row.subject, row.passed) for row in found.oracle] == [
        ("healthy", True),
        ("bug", False),
        ("wrong-fix", False),
    ]
    (control,) = found.controls
    assert (control.survived, control.ruled_out, control.k, control.n) == (("steps",), ("lost",), 5, 5)
    assert 0 < (found.run_seconds or 0) < 30
    (p1, p2) = found.predictions
    assert p1.lowest <= p1.median <= p1.highest
    assert p2.answer == "falls"
    data = json.loads(json.dumps(break_check(found), allow_nan=False))
    assert {"id", "ok", "problems", "claims", "seconds"} <= set(data)
    assert {"id", "declared", "verdict", "k", "n", "p"} <= set(data["claims"][0])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.sampled(2)
def test_a_planted_fault_is_caught(bench: Any, page: str, script: str, fault: Fault) -> None:
    for old, new in fault.replace:
        assert old in page, old
        page = page.replace(old, new, 1)
    for old, new in fault.experiment:
        assert old in script, old
        script = script.replace(old, new)
    spanish = SPANISH
    for old, new in fault.spanish:
        assert old in spanish, old
        spanish = spanish.replace(old, new)
    if "rivals:\n  third" in page:
        spanish = spanish.replace("rivals:\n", "rivals:\n  third: Una tercera\n")
    found = bench.check(page, script, spanish=spanish, **bench.resolved(fault.options))
    assert not found.ok
    hits = [p for p in found.problems if fault.says in p.what]
    assert hits, [p.line() for p in found.problems]
    path, _, line = hits[0].where.rpartition(":")
    there = fault.spanish and "not translated into" not in hits[0].what
    assert Path(path) == bench.folder / ("es.yaml" if there else "break.yaml")
    assert fault.at in (spanish if there else page).splitlines()[int(line) - 1]
    assert hits[0].remedy


def test_what_is_not_promised_is_warned_of_and_passes(bench: Any, page: str) -> None:
    bench.write(spanish=SPANISH.replace("title: Olvida centrar las columnas\n", ""))
    (bench.folder.parent / "pack.yaml").unlink()
    (found,) = check([Chosen(bench.folder, "repository")], bench.options()).breaks
    assert found.ok
    assert [w.what for w in found.warnings if "translated" in w.what] == ["'title' is not translated into es."]
    assert found.languages == ("en", "es")


@pytest.mark.parametrize("text", ["languages: en\n", "languages: [english]\n", "langs: [en]\n", "["])
def test_a_promise_that_cannot_be_read_is_named(bench: Any, text: str) -> None:
    bench.write()
    (bench.folder.parent / "pack.yaml").write_text(text)
    (found,) = check([Chosen(bench.folder, "repository")], bench.options()).breaks
    assert all(p.where.startswith(f"{bench.folder.parent / 'pack.yaml'}:") for p in found.problems)
    assert found.problems


def test_quick_says_so_and_runs_three_seeds(bench: Any) -> None:
    found = bench.check()
    assert found.ok
    assert found.provisional
    assert found.seeds == 3
    assert all(row.n == 3 for row in found.claims)


def test_a_second_check_takes_its_runs_from_the_cache(bench: Any) -> None:
    seen: list[Progress] = []
    bench.write()
    chosen = [Chosen(bench.folder, "repository")]
    first = check(chosen, bench.options(), seen.append)
    assert first.ok
    stages = list(dict.fromkeys(p.stage for p in seen))
    assert stages == ["spec", "diff", "oracle", "runs", "repeat", "done"]
    assert seen[-1].done == seen[-1].total
    assert all(math.isfinite(p.elapsed) for p in seen)
    (again,) = check(chosen, bench.options()).breaks
    assert again.predictions == first.breaks[0].predictions


def test_the_tree_of_the_repository_is_not_touched(bench: Any) -> None:
    bench.write()
    before = {p: p.read_bytes() for p in bench.top.rglob("*") if p.is_file()}
    assert bench.check().ok
    assert {p: p.read_bytes() for p in bench.top.rglob("*") if p.is_file()} == before


def test_the_healthy_bytes_are_found_while_the_bug_is_on_disk(bench: Any) -> None:
    target = bench.top / "scaling.py"
    sound = target.read_bytes()
    target.write_bytes(sound.replace(b"centred = x - x.mean(axis=0)", b"centred = x"))
    try:
        found = bench.check()
        assert [p.line() for p in found.problems] == []
    finally:
        target.write_bytes(sound)


DECIDED = (
    "oracle:\n  call: scaling:standardise\n  inputs: [{shape: [batch, 3], dtype: float}]\n"
    "  shapes: [{batch: 2}, {batch: 7}, {batch: 32}]\n  cases: 12\n",
    "verify_by: [repaired]\n",
)
REPAIRED = (
    "symptom:",
    "  - id: repaired\n"
    "    says: Your version brings the loss down\n"
    "    from: measured\n"
    "    measure: {metric: loss, variant: yours, step: last, relative_to: {step: first}}\n"
    "    expect: {at_most: 0.5}\n"
    "    verdict: HOLDS\n"
    "symptom:",
)


DECIDED_SPANISH = SPANISH.replace("claims:\n", "claims:\n  repaired:\n    says: Tu versión baja la pérdida\n")


def decided(page: str, *more: tuple[str, str]) -> str:
    for old, new in (DECIDED, REPAIRED, *more):
        assert old in page, old
        page = page.replace(old, new, 1)
    return page


def test_deciding_claims_pass_the_healthy_code_and_nothing_else(bench: Any, page: str) -> None:
    found = bench.check(decided(page), spanish=DECIDED_SPANISH)
    assert [p.line() for p in found.problems] == []


FALLS = "step: first}}\n    expect: {at_most: 0.5}\n    verdict"
BY_ROW = "+    centred = x - x.mean(axis=1, keepdims=True)"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (FALLS, FALLS.replace("0.5", "1.0e-9"), "do not hold on the healthy code: repaired"),
        (FALLS, FALLS.replace("at_most: 0.5", "at_least: 0"), "all of them hold on the broken code"),
        (BY_ROW, "+    centred = x - x.mean(axis=0) + 0.01", "accept wrong fix 1"),
        ("variant: yours", "variant: broken", "decides on a repair, and is about broken"),
    ],
)
def test_deciding_claims_that_decide_wrongly_are_caught(
    bench: Any, page: str, old: str, new: str, says: str
) -> None:
    found = bench.check(decided(page, (old, new)), spanish=DECIDED_SPANISH)
    assert any(says in p.what for p in found.problems), [p.line() for p in found.problems]


def test_ten_seeds_when_asked(bench: Any) -> None:
    found = bench.check(quick=False, seeds=10)
    assert found.ok
    assert {row.n for row in found.claims} == {10}


def test_an_open_comparison_gets_five_seeds_more(bench: Any, page: str) -> None:
    """Two sides that overlap: five seeds leave it open, ten are asked for, the rest stays at five."""
    script = (bench.folder / "experiment.py").read_text().replace(
        "chance=float(rng.normal())", "chance=float(rng.normal() + (np.abs(weights).sum() > 50))"
    )  # fmt: skip
    noisy = page.replace(
        "{metric: loss, variant: broken, step: last}", "{metric: chance, variant: broken, step: last}"
    )
    noisy = noisy.replace("margin: 1000, scale: log", "margin: 0.5")
    found = bench.check(noisy, script, quick=False)
    rows = {row.id: row for row in found.claims}
    assert rows["runs-away"].n == 10
    assert rows["healthy-trains"].n == 5
