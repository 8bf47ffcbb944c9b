"""`lynx scan play`: a missed mutant as a break in one's own code: to be predicted, run, found and mended, blind.

The break lies in the user's folder, never in the repository, and is trusted: Lynx made it from what was just scanned.
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, NotYet
from lynx.runs import warm
from lynx.runs.runner import run_jobs
from lynx.runs.types import Job, Script
from lynx.scan import ground, showing, training
from lynx.scan.effect import FIGURES, value
from lynx.scan.scanning import setting_of
from lynx.scan.sites import find
from lynx.store import trust
from lynx.truth.measures import METRICS, Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lynx.scan.last import Last
    from lynx.scan.results import Mutant
    from lynx.scan.scanning import Options
    from lynx.truth.measures import Run

SEED = 100  # the first of a learner's: what they will see
LEAST = 1e-4  # of a figure: less cannot be told from rounding
NEAR = 0.02  # of it: what a mended program may differ by, at most


@dataclass(frozen=True)
class Made:
    """The break: its id, and the folder of breaks that holds it."""

    id: str
    root: Path


def make(options: Options, number: int, say: Callable[[str], str], language: str) -> Made:
    """Make a break of one mutant of the last scan; `say` translates its texts into `language`.

    NotYet where no training was named, or none of its figures tells the bug: nothing could be predicted.
    """
    found, mutant = showing.as_scanned(options, number)
    if not found.options.get("run"):
        raise NotYet(
            N_("A break needs something that trains, and the scan was told of nothing."),
            code="nothing-to-play",
            remedy=N_('Name a short training: lynx scan --run "train.py --max_iters 200"'),
        )
    place = ground.survey(found.top, [found.top / mutant.file])
    source = place.sources[mutant.file]
    site = next(one for one in find(source, mutant.file) if one.key == mutant.id)
    script = _script(found, place)
    setting = replace(setting_of(found.top, options), target=mutant.file)
    jobs = [
        Job("healthy", SEED, source, "", script=script, must_read=True),
        Job("broken", SEED, site.apply(source), "", script=script, must_read=True),
    ]
    with warm.kept():
        healthy, broken = run_jobs(setting, jobs)
    metric, share = _telling(healthy, broken)
    if not metric:
        raise NotYet(
            N_("Under seed {seed} no figure of this training tells the bug: there is nothing to predict."),
            code="nothing-to-play",
            remedy=N_("Play another one, or look at this: lynx scan show {number}"),
            seed=SEED,
            number=number,
        )
    spec = _spec(mutant, script, metric, share, healthy.processor or 1.0, say, language)
    root = options.cache / "scan" / "breaks"
    folder = root / f"{spec['id']}-{mutant.operator}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "break.yaml").write_text(
        json.dumps(spec, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    trust.trust(folder, trust.user_home(options.environ))
    return Made(spec["id"], root)


def _script(found: Last, place: ground.Ground) -> Script:
    told = found.options
    script = training.script_of(place, told["run"], None, told.get("prints"))
    return replace(script, steps=found.healthy.steps, scanned=False)


def _telling(healthy: Run, broken: Run) -> tuple[str, float]:
    """The figure that tells them apart best, and by which share of the healthy one's; "" for none."""
    best = ("", 0.0)
    if healthy.ended is not Ended.FINISHED or broken.ended is not Ended.FINISHED:
        return best
    for metric in FIGURES:
        a, b = value(healthy, metric), value(broken, metric)
        if not (math.isfinite(a) and math.isfinite(b)) or a == 0 or metric not in healthy.series:
            continue
        a, b = (list(run.series[metric].points.values())[-1][0] for run in (healthy, broken))
        share = abs(b / a - 1) if a else 0.0
        best = max(best, (metric, share), key=lambda one: one[1])
    return best if best[1] > LEAST else ("", 0.0)


def _spec(
    mutant: Mutant,
    script: Script,
    metric: str,
    share: float,
    seconds: float,
    say: Callable[[str], str],
    language: str,
) -> dict[str, Any]:
    """break.yaml's keys. JSON is YAML."""
    near = _plain(min(NEAR, share / 3))
    last = {"metric": metric, "step": "last"}
    to_healthy = {"relative_to": {"variant": "healthy", "step": "last"}}
    body = mutant.diff.splitlines()[2:]
    here = {"file": mutant.file, "line": mutant.line, "what": say(mutant.says), "program": script.path}
    return {
        "schema": 2,
        "language": language,
        "id": f"scan-{mutant.id[:8]}",
        "slug": mutant.operator,
        "phase": 0,
        "title": say(N_("A bug in your own code: {what}")).format(**here),
        "blind_title": say(N_("A bug in your own code")),
        "teaches": [mutant.operator],
        "target": mutant.file,
        **({"within": mutant.scope} if mutant.scope else {}),
        "diff": "\n".join(body) + "\n",
        "pythonpath": ["src" if mutant.file.startswith("src/") else "."],
        "experiment": {
            "script": script.path,
            "argv": list(script.argv),
            "steps": script.steps,
            "metrics": _metrics(script, metric),
        },
        "predictions": [
            {
                "id": "P1",
                "ask": say(
                    N_("At the end, with the bug: {metric} as a share of the healthy one (1: the same)")
                ).format(metric=say(METRICS[metric].word)),
                "kind": "number",
                "measure": {**last, "variant": "broken", **to_healthy},
                "scale": "log",
                "hit": 1.2,
            },
            {
                "id": "P2",
                "ask": say(N_("And to which side does it go?")),
                "kind": "choice",
                "measure": {**last, "variant": "broken", **to_healthy},
                "options": {
                    "lower": {"at_most": _plain(1 - near)},
                    "same": {"at_most": _plain(1 + near)},
                    "higher": {},
                },
            },
        ],
        "claims": [
            {
                "id": f"mended-{name}",
                "says": say(says),
                "from": "measured",
                "measure": {**last, "variant": "yours", **to_healthy},
                "expect": {side: _plain(bound)},
                "verdict": "HOLDS",
            }
            for name, side, bound, says in (
                (
                    "low",
                    "at_least",
                    1 - near,
                    N_("Your program's figure at the end is not below the healthy one"),
                ),
                (
                    "high",
                    "at_most",
                    1 + near,
                    N_("Your program's figure at the end is not above the healthy one"),
                ),
            )
        ],
        "verify_by": ["mended-low", "mended-high"],
        "setup": say(N_("Your {program} trains as in the scan. One place of {file} has changed.")).format(
            **here
        ),
        "symptom": say(
            N_("Your {program} trains, its tests pass, and what it learns is not what it learned before.")
        ).format(**here),
        "hidden_cause": say(N_("{file}:{line}: {what} [diff].")).format(**here),
        "hints": [
            say(
                N_("Draw the loss of both: does it part at the first step, after the first update, or late?")
            ),
            say(N_("Look at {file}.")).format(**here),
            say(N_("Look around line {line} of {file}.")).format(**here),
        ],
        "why": say(N_("What one has to know to see it: {concept} [diff].")).format(
            concept=say(mutant.concept)
        ),
        "base": ".",
        "budget": max(10, math.ceil(6 * seconds)),
    }


def _metrics(script: Script, metric: str) -> Mapping[str, Any]:
    return {name: {"prints": pattern} for name, pattern in script.prints.items() if name == metric}


def _plain(number: float) -> float:
    """A number that YAML reads as one, whatever its size."""
    return float(f"{number:.6f}")
