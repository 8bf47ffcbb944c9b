"""What threshold rules name on every shipped break, beside what its controls leave: writes docs/diagnosis.md.

    python -m benchmarks.diagnosis [--write] [ID…]

Sound and broken of each break are run under the learner's three seeds, with its own experiment; a rule has fired
where it fires in two of them or more. What the controls leave is read from `proof.json`: the rivals that no control
ruled out, out of those about which one had something to say. With --write the record beside this file is brought
up to date for the breaks that are named (all, if none is), and the page is made from it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.threshold_rules import TOOLS
from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break
from lynx.mentor import versions
from lynx.runs.jobs import job_of
from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Run

SEEDS = (100, 101, 102)
MOST = 2  # of three seeds
RECORD = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parents[1] / "docs" / "diagnosis.md"
SIDES = ("healthy", "broken")

HEAD = """\
# What thresholds name, and what controls name

Made by `python -m benchmarks.diagnosis --write` from recorded runs; nobody types a figure here.

Tools that watch a training run compare figures with thresholds, and give what they find a name: vanishing gradient,
overfitting. Here are two of them, on breaks that Lynx ships, sound and broken, beside what the controls of the break
leave of the explanations that somebody could believe. The rules and their thresholds are those of SageMaker
Debugger's documentation and of AUTOTRAINER's published code (`benchmarks/threshold_rules.py` says which, and what
differs here). A rule that a run has no figures for is not counted; AUTOTRAINER's want an accuracy. ● fires on the
broken run alone, ○ on both, ◌ on the sound one alone; each in two of three seeds or more.

"""
FOOT = """
A rule that fires on both sides is no diagnosis. One that fires on the broken side alone names a symptom; whether the
name is the cause is what the column beside it is for.
"""


def fired(run: Run) -> dict[str, list[str]]:
    """By tool, the rules that fire on one run; with "silent", those that have nothing to look at."""
    found: dict[str, list[str]] = {}
    for tool, rules in TOOLS.items():
        verdicts = {name: rule(run.series) for name, rule in rules.items()}
        found[tool] = [name for name, verdict in verdicts.items() if verdict]
        found[f"{tool}, silent"] = [name for name, verdict in verdicts.items() if verdict is None]
    return found


def in_most(runs: list[Run]) -> dict[str, list[str]]:
    """The same of several seeds: what is so in two of three."""
    each = [fired(run) for run in runs]
    counts = {key: Counter(name for one in each for name in one[key]) for key in each[0]}
    return {key: [name for name, count in told.items() if count >= MOST] for key, told in counts.items()}


def measured(break_: Break, room: Path) -> dict[str, Any]:
    """The row of one break. Raises RuntimeError where a run did not end well."""
    healthy = (data_dir("starter") / break_.target).read_bytes()
    broken = versions.make(break_, healthy).broken
    if broken is None:
        raise RuntimeError(f"{break_.id}: the diff does not apply")
    setting = Setting(data_dir("starter"), break_.pythonpath, break_.target, Path(sys.executable), room)
    jobs = [job_of(break_, break_.variants[side], seed, healthy, broken) for side in SIDES for seed in SEEDS]
    runs = run_jobs(setting, jobs)
    if bad := [run for run in runs if run.invalid is not None]:
        raise RuntimeError(f"{break_.id}: {bad[0].log_tail}")
    return {
        "slug": break_.slug,
        "of": break_.hash,
        **{side: in_most([run for run in runs if run.variant == side]) for side in SIDES},
        "left": left(break_),
    }


def left(break_: Break) -> list[str]:
    """The rivals that survived every control which said something about them, in the break's own words."""
    rows = break_.measured.get("controls", {})
    ruled_out = {
        rival
        for name, control in break_.controls.items()
        for rival in control.predicts
        if name in rows and rival not in rows[name]["survived"]
    }
    asked = {rival for name, control in break_.controls.items() if name in rows for rival in control.predicts}
    return [words["en"] for rival, words in break_.rivals.items() if rival in asked - ruled_out]


def cell(row: dict[str, Any], tool: str) -> str:
    """What a tool's rules do on the two sides of a break."""
    sound, broken = row["healthy"][tool], row["broken"][tool]
    if len(row["broken"][f"{tool}, silent"]) == len(TOOLS[tool]):
        return "nothing to look at"
    told = [f"○ {name}" if name in sound else f"● {name}" for name in broken]
    told += [f"◌ {name}" for name in sound if name not in broken]
    return "<br>".join(told) or "–"


def page(record: dict[str, dict[str, Any]]) -> str:
    """The page, from the record alone."""
    lines = [
        HEAD,
        f"| break | {' | '.join(TOOLS)} | what the controls leave |\n",
        f"|---|{'---|' * len(TOOLS)}---|\n",
    ]
    for id_, row in sorted(record.items()):
        cells = [cell(row, tool) for tool in TOOLS]
        lines.append(f"| {id_} {row['slug']} | {' | '.join(cells)} | {'<br>'.join(row['left']) or '–'} |\n")
    lines.append(
        "\n| of "
        + str(len(record))
        + " breaks | "
        + " | ".join(TOOLS)
        + " |\n"
        + f"|---|{'---|' * len(TOOLS)}\n"
    )
    for says, counts in (
        ("a rule fires on the broken run alone", lambda s, b: bool(set(b) - set(s))),
        ("the same rules, some or none, fire on both", lambda s, b: set(s) == set(b)),
        ("a rule fires on the sound run", lambda s, _: bool(s)),
    ):
        numbers = [
            sum(counts(row["healthy"][tool], row["broken"][tool]) for row in record.values())
            for tool in TOOLS
        ]
        lines.append(f"| {says} | {' | '.join(map(str, numbers))} |\n")
    return "".join(lines) + FOOT


def main() -> None:
    """Measure, and write or print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    breaks = [load_break(path.parent) for path in sorted(data_dir("breaks").glob("*/*/break.yaml"))]
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    with tempfile.TemporaryDirectory() as room:
        for break_ in breaks:
            if not asked.ids or break_.id in asked.ids:
                record[break_.id] = measured(break_, Path(room))
                print(break_.id, *(cell(record[break_.id], tool) for tool in TOOLS), sep=" | ", flush=True)
                if asked.write:
                    keep(record)


def keep(record: dict[str, dict[str, Any]]) -> None:
    """Write the record, and the page that is made from it; an interrupted measurement loses nothing."""
    text = json.dumps(dict(sorted(record.items())), indent=1, ensure_ascii=False)
    RECORD.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(record), encoding="utf-8")


if __name__ == "__main__":
    main()
