"""A laboratory: predictions first, then trainings on the learner's own modules, then what came of it all.

`questions` says what is still to be predicted; `laboratory` refuses to run before every answer is there. The
predictions are scored once, by the first run; a later one (more seeds, other arguments) shows them again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lynx.content.phases import Laboratory, Phase, Trained, split_reference
from lynx.content.reading.known import read_phase
from lynx.errors import N_, NotYet, Refused
from lynx.loop import scoring
from lynx.loop.answers import curve_form, option_names, parse_confidence, parse_value
from lynx.runs import runner
from lynx.runs.jobs import grouped
from lynx.runs.runner import Job
from lynx.store.cache import Cache
from lynx.study.bench import Bench, bench, demand_finished, manifest, relative, study_folder, write_json
from lynx.study.results import LabQuestions, LabReport
from lynx.truth.calibration import CONFIDENCES
from lynx.truth.claims import Kind, Prediction
from lynx.truth.measures import Run, to_json_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.loop.results import Judged, Scored
    from lynx.loop.session import Observer, Session

PREDICTED, RAN = "lab-predicted", "lab"
SURE = 70  # the confidence of an answer on the command line that names none


def questions(session: Session, reference: str) -> LabQuestions:
    """What the laboratory still asks; nothing once it was predicted. Raises Refused for an unknown one."""
    phase, lab = _find(session, reference)
    name = f"{phase.id}/{lab.id}"
    known = _answers(session, name)
    left = tuple(p for p in lab.predictions if p.id not in known)
    sample = " ".join(f"--predict {p.id}={_example(p)}@70" for p in left)
    return LabQuestions(name, lab.title, left, lab.asks, f"lynx lab {name} {sample}".rstrip())


def parse_answers(
    asked: LabQuestions, given: Sequence[str], sure: int | None = None
) -> dict[str, dict[str, Any]]:
    """Answers from the command line, `P1=0.5@70`; a bare value answers the next question.

    Raises Refused for an unknown question, a value that does not parse or a confidence other than 30, 50, 70, 90.
    """
    by_id = {p.id: p for p in asked.predictions}
    free = list(by_id)
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            name, value = next((n for n in free if n not in found), ""), text
        if name not in by_id:
            raise Refused(
                N_("This laboratory asks no question “{name}”, or it is answered already."),
                code="no-question",
                remedy=N_("It asks: {known}"),
                name=name,
                known=", ".join(by_id) or "-",
            )
        value, at, confidence = value.partition("@")
        number = parse_confidence(confidence) if at else (sure if sure is not None else SURE)
        parsed = parse_value(by_id[name], value.strip())
        if parsed is None or number not in CONFIDENCES:
            raise Refused(
                N_("“{text}” does not answer {name}."),
                code="bad-answer",
                remedy=N_("Write {name}={form}@70; the confidence is 30, 50, 70 or 90."),
                text=text,
                name=name,
                form=_example(by_id[name]),
            )
        found[name] = {"value": scoring.kept(parsed), "written": value.strip(), "confidence": number}
    return found


def keep_answers(session: Session, asked: LabQuestions, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Write answers into the journal at once, so that ^C loses none."""
    if answers:
        session.journal.record(
            None, PREDICTED, {"lab": asked.reference, "answers": {k: dict(v) for k, v in answers.items()}}
        )


def laboratory(
    session: Session,
    reference: str,
    observe: Observer = runner.ignore,
    *,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: int = 3,
    steps: int | None = None,
    width: int | None = None,
) -> LabReport:
    """Run a laboratory over seeds 0, 1, … and hold predictions and the course's expectations against it.

    `answers` as `parse_answers` gives them. Writes result.json and manifest.json below the phase's
    folder in the workspace. Raises NotYet while a prediction is missing, Refused for an unknown
    laboratory, an argument that its experiment does not take, or a training that does not finish.
    """
    phase, lab = _find(session, reference)
    asked = questions(session, reference)
    name, command = asked.reference, f"lynx lab {asked.reference}"
    keep_answers(session, asked, answers or {})
    missing = [p.id for p in questions(session, reference).predictions]
    if missing:
        raise NotYet(
            N_("This laboratory asks first: {missing}."),
            code="prediction-missing",
            remedy=N_("Answer with your own values: {example}"),
            missing=", ".join(missing),
            example=asked.example,
        )
    changed = _changed(lab, steps, width)
    where = bench(session)
    began = time.monotonic()
    numbers = tuple(range(seeds))
    runs = _train(session, lab, where, numbers, changed, observe, command)
    by_seed = grouped(runs, numbers)
    first = not any(e.payload["lab"] == name for e in session.journal.events(kind=RAN))
    scored = _score(session, lab, name, by_seed, numbers)
    judged = scoring.judged(lab.claims, lab.says, by_seed, by=lab.by)
    seconds = time.monotonic() - began
    slug = PurePosixPath(lab.file).name
    folder = study_folder(session, phase.id) / "lab" / slug
    write_json(folder / "result.json", _result(name, numbers, changed, runs, scored, judged))
    arguments = {one.name: {"experiment": one.experiment, "args": dict(one.args)} for one in lab.trained}
    about = manifest(
        where, lab=name, seeds=list(numbers), arguments=arguments, changed=changed, seconds=seconds
    )
    write_json(folder / "manifest.json", about)
    session.journal.record(None, RAN, _event(name, numbers, changed, scored, judged, first))
    by_variant: dict[str, tuple[Run, ...]] = {}
    for run in runs:
        by_variant[run.variant] = (*by_variant.get(run.variant, ()), run)
    return LabReport(
        reference=name,
        title=lab.title,
        slug=slug,
        seeds=numbers,
        changed=changed,
        modules=where.modules,
        lent=where.lent,
        runs=by_variant,
        scored=scored,
        judged=judged,
        pictures=lab.pictures,
        folder=relative(session, folder),
        files=("result.json", "manifest.json"),
        first=first,
        seconds=seconds,
        next=_next(phase, lab),
    )


def done_laboratories(session: Session, phase: str) -> tuple[str, ...]:
    """The ids of the laboratories that were run here."""
    names = {str(e.payload["lab"]) for e in session.journal.events(kind=RAN)}
    return tuple(sorted(n.partition("/")[2] for n in names if n.startswith(f"{phase}/")))


# -- running ---------------------------------------------------------------------------------------


def _train(
    session: Session,
    lab: Laboratory,
    where: Bench,
    seeds: Sequence[int],
    changed: Mapping[str, Any],
    observe: Observer,
    command: str,
) -> list[Run]:
    """Everything side by side first; then, one at a time and never from the cache, whatever reads the
    clock.
    """

    def job(one: Trained, seed: int) -> Job:
        own = {key: value for key, value in changed.items() if not one.alone or key in one.args}
        return Job(one.name, seed, where.source, one.experiment, {**one.args, **own})

    together = [job(one, seed) for seed in seeds for one in lab.trained if not one.alone]
    alone = [job(one, seed) for seed in seeds for one in lab.trained if one.alone]
    cache = Cache(session.workspace.state_dir / "cache")
    runs = list(runner.run_jobs(where.setting, together, observe, cache))
    demand_finished(runs, command)
    if alone:
        runs += runner.run_jobs(replace(where.setting, parallel=1), alone, observe)
        demand_finished(runs, command)
    return runs


def _changed(lab: Laboratory, steps: int | None, width: int | None) -> dict[str, Any]:
    """Arguments other than the sheet's. Raises Refused for one that this laboratory does not have."""
    given = {name: value for name, value in (("steps", steps), ("width", width)) if value is not None}
    sheet = lab.trained[0].args
    for name, value in given.items():
        if name not in lab.knobs:
            raise Refused(
                N_("This laboratory has no --{name}."),
                code="no-knob",
                remedy=N_("It takes: {known}"),
                name=name,
                known=", ".join(f"--{knob}" for knob in (*lab.knobs, "seeds")),
            )
        if value < 1:
            raise Refused(N_("--{name} must be at least 1."), code="bad-knob", name=name)
    return {name: value for name, value in given.items() if sheet.get(name) != value}


# -- what came of it -------------------------------------------------------------------------------


def _score(
    session: Session, lab: Laboratory, name: str, by_seed: Sequence[Mapping[str, Run]], seeds: Sequence[int]
) -> tuple[Scored, ...]:
    answers = _answers(session, name)
    return tuple(
        scoring.score(
            one,
            lab.asks[one.id],
            *scoring.answer_from(one, answers[one.id]),
            scoring.measured_for(one, by_seed, seeds, {}),
        )
        for one in lab.predictions
    )


def _result(
    name: str,
    seeds: Sequence[int],
    changed: Mapping[str, Any],
    runs: Sequence[Run],
    scored: Sequence[Scored],
    judged: Sequence[Judged],
) -> dict[str, Any]:
    """result.json: every series of every run; numbers that are not finite are strings."""
    return {
        **_event(name, seeds, changed, scored, judged, True),
        "schema": 1,
        "runs": [
            {
                "variant": run.variant,
                "seed": run.seed,
                "seconds": run.seconds,
                "series": {
                    metric: {
                        "layers": list(series.layers),
                        "points": {
                            str(step): [to_json_number(v) for v in values]
                            for step, values in series.points.items()
                        },
                    }
                    for metric, series in run.series.items()
                },
            }
            for run in runs
        ],
    }


def _event(
    name: str,
    seeds: Sequence[int],
    changed: Mapping[str, Any],
    scored: Sequence[Scored],
    judged: Sequence[Judged],
    first: bool,
) -> dict[str, Any]:
    return {
        "lab": name,
        "seeds": list(seeds),
        "changed": dict(changed),
        "first": first,
        "predictions": {one.prediction.id: _row(one) for one in scored},
        "claims": {one.claim.id: scoring.judged_row(one) for one in judged},
    }


def _row(one: Scored) -> dict[str, Any]:
    row = scoring.scored_row(one)
    return {**row, "measured": row.pop("answer")}  # the name that result.json has had from the start


# -- answers ---------------------------------------------------------------------------------------


def _answers(session: Session, name: str) -> dict[str, Mapping[str, Any]]:
    """Question -> the answer given first: a prediction is not changed once it is made."""
    found: dict[str, Mapping[str, Any]] = {}
    for event in session.journal.events(kind=PREDICTED):
        if event.payload["lab"] == name:
            for key, answer in event.payload["answers"].items():
                found.setdefault(key, answer)
    return found


def _example(prediction: Prediction) -> str:
    if prediction.kind is Kind.NUMBER:
        return "NUMBER"
    if prediction.kind is Kind.CURVE:
        return curve_form(prediction)
    return "|".join(option_names(prediction))


# -- finding ---------------------------------------------------------------------------------------


def _find(session: Session, reference: str) -> tuple[Phase, Laboratory]:
    phase_id, lab_id = split_reference(reference)
    phase = read_phase(phase_id, session.env.environ)
    return phase, phase.laboratory(lab_id)


def _next(phase: Phase, lab: Laboratory) -> str:
    ids = [one.id for one in phase.laboratories]
    after = ids.index(lab.id) + 1
    return f"lynx lab {phase.id}/{ids[after]}" if after < len(ids) else f"lynx phase {phase.id} --check"
