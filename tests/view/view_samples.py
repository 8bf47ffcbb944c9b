"""Results to draw: made by hand, with the figures of Break 00, so that no screen needs a training run."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break, Control, Problem, Variant
from lynx.loop.given import Reset
from lynx.loop.hints import Hinted
from lynx.loop.reporting import Chapter, Report, Written
from lynx.loop.results import (
    ControlCard,
    Controlled,
    Controls,
    ControlSeen,
    Debrief,
    Judged,
    Measured,
    Ran,
    Scored,
    Shown,
    Started,
    Verified,
)
from lynx.loop.stages import Stage
from lynx.loop.standing import Due, Listed, Status
from lynx.mentor.results import BreakCheck, Checked, ClaimRow, OracleRow
from lynx.scan.guarding import Guarded, Held, Outcome
from lynx.truth.claims import Claim, Expect, Kind, Option, Prediction, Result, Source, Verdict
from lynx.truth.measures import Ended, Measure, Relative, Run, Series
from lynx.truth.symptoms import Symptom

STEPS = 200
BLOCKS = tuple(f"blocks.{i}" for i in range(50))
TITLE = {
    "en": "Remove the residual connection from a deep MLP",
    "es": "Quita la conexión residual de un MLP profundo",
}
SYMPTOM = {
    "en": "A stack of 50 blocks classifies Spanish verb forms by tense. Its loss drops a little, then stays.",
    "es": "Una pila de 50 bloques clasifica formas verbales españolas. Su pérdida baja y se queda ahí.",
}


def scalar(points: dict[int, float]) -> Series:
    return Series((), {step: (value,) for step, value in points.items()})


def loss_of(variant: str, seed: int = 0) -> Series:
    if variant == "healthy":
        return scalar({s: 2.6 * math.exp(-s / 12) + 0.001 for s in range(STEPS)})
    return scalar({s: 1.61 + 0.8 * math.exp(-s / 4) + 0.04 * math.sin(1.7 * s + seed) for s in range(STEPS)})


def norms_of(variant: str) -> Series:
    def norm(block: int, step: int) -> float:
        if variant == "healthy":
            return 2.8 * math.exp(-step / 30) * (1 + block / 50)
        return 9.4 * 10 ** (-min(step, 60) * (50 - block) / 250)

    return Series(BLOCKS, {s: tuple(norm(b, s) for b in range(50)) for s in (*range(6), 10, 50, 100, 199)})


def histogram_of(variant: str) -> Series:
    names = ("0", *(f"{10.0 ** (k / 2):.1e}" for k in range(-16, 4)))
    centre = 12 if variant == "healthy" else 7
    raw = [math.exp(-((i - centre) ** 2) / 6) for i in range(len(names))]
    return Series(names, {100: tuple(v / sum(raw) for v in raw)})


def cosine_of(variant: str) -> Series:
    def alike(block: int, step: int) -> float:
        return 0.2 if variant == "healthy" else 1 - 0.8 * 10 ** (-min(step, 5) * (block + 1) / 50)

    return Series(BLOCKS, {s: tuple(alike(b, s) for b in range(50)) for s in (*range(6), 10, 50, 100, 199)})


def run_of(variant: str, seed: int = 0) -> Run:
    accuracy = {"healthy": 0.94, "broken": 0.2, "yours": 0.93}[variant]
    base = "healthy" if variant == "yours" else variant
    series = {
        "loss": loss_of(base, seed),
        "val_accuracy": scalar({0: 0.2, STEPS - 1: accuracy}),
        "grad_norm": norms_of(base),
        "abs_cosine": cosine_of(base),
        "weight_change_hist": histogram_of(base),
    }
    return Run(variant, seed, Ended.FINISHED, series, 1.5)


def runs(*variants: str) -> dict[str, tuple[Run, ...]]:
    return {v: tuple(run_of(v, seed) for seed in range(3)) for v in variants or ("healthy", "broken")}


FLAT = (Option("nan", Expect(nan=True)), Option("falls", Expect(at_most=0.5)), Option("flat", Expect()))
P1 = Prediction(
    "P1", Kind.NUMBER, Measure("loss", "healthy", 100, None, Relative(step=0)), "log", 3, says={"course": 0.8}
)
P2 = Prediction(
    "P2",
    Kind.CHOICE,
    Measure("loss", "broken", 100, None, Relative(step=0)),
    options=FLAT,
    says={"course": "flat"},
)
P3 = Prediction("P3", Kind.NUMBER, Measure("grad_norm", "broken", 1, 1), "log", 10, says={"course": 1e-7})
P4 = Prediction("P4", Kind.NUMBER, Measure("first_nan_step", "broken"), says={"course": 50.0})
ASKS = {
    "P1": {
        "en": "Loss at step 100 with residuals, as a fraction of the first loss",
        "es": "Pérdida en el paso 100 con residuales, como fracción de la primera pérdida",
    },
    "P2": {
        "en": "Loss at step 100 without residuals, beside the first loss",
        "es": "Pérdida en el paso 100 sin residuales, comparada con la primera",
    },
    "P3": {
        "en": "Gradient norm at block 1, step 1, without residuals",
        "es": "Norma del gradiente en el bloque 1, paso 1, sin residuales",
    },
    "P4": {"en": "First step whose loss is NaN", "es": "Primer paso cuya pérdida es NaN"},
}
BLIND_ASKS = {
    **ASKS,
    "P1": {"en": "Loss at step 100 of the healthy version, as a fraction of the first loss"},
    "P2": {"en": "Loss at step 100 of the broken version, beside the first loss"},
    "P3": {"en": "Gradient norm at block 1, step 1, broken version"},
}


def measured(prediction: Prediction, *values: float) -> Measured:
    return Measured(prediction.id, prediction.measure, values, tuple(range(len(values))))


def scored() -> tuple[Scored, ...]:
    return (
        Scored(
            P1,
            ASKS["P1"],
            0.6,
            "0.6",
            70,
            "gradients flow",
            {"course": 0.8},
            measured(P1, 0.0004, 0.0005, 0.0003),
            0.0004,
            Result.MISS,
            0.0004,
        ),
        Scored(
            P2,
            ASKS["P2"],
            "flat",
            "flat",
            50,
            "no skip",
            {"course": "flat"},
            measured(P2, 0.68, 0.7, 0.66),
            "flat",
            Result.HIT,
            "flat",
        ),
        Scored(
            P3,
            ASKS["P3"],
            1e-7,
            "< 1e-7",
            90,
            "50 factors",
            {"course": 1e-7},
            measured(P3, 9.4, 8.1, 10.2),
            9.4,
            Result.MISS,
            9.1,
        ),
        Scored(
            P4,
            ASKS["P4"],
            50.0,
            "50",
            70,
            "explodes",
            {"course": 50.0},
            measured(P4, math.inf, math.inf, math.inf),
            math.inf,
            Result.MISS,
        ),
    )


CHAIN = (
    Symptom("not-vanished", "grad_norm", "blocks.0", 0, 2.8, 9.4),
    Symptom("scattered", "grad_cosine", "", 0, 0.95, 0.31),
    Symptom("collapsed", "abs_cosine", "blocks.49", 3, 0.2, 0.999999),
    Symptom("vanished", "grad_norm", "blocks.0", 60, 4e-3, 9e-11),
)


def judged() -> tuple[Judged, ...]:
    nan = Claim("nan-within-50", "course", Measure("first_nan_step"), Verdict.REFUTED, Expect(at_most=50))
    flat = Claim(
        "flat-at-ln5",
        Source.MEASURED,
        Measure("loss", step=100),
        Verdict.HOLDS,
        Expect(equals=1.609, within=0.15),
    )
    return (
        Judged(
            nan,
            {"en": "Training becomes NaN within 50 steps", "es": "El entrenamiento da NaN antes de 50 pasos"},
            Verdict.REFUTED, 0, 3, None, math.inf, None, True, {"verdict": "REFUTED", "k": 0, "n": 10},
        ),
        Judged(
            flat,
            {"en": "The loss settles near ln 5 = 1.609", "es": "La pérdida se queda cerca de ln 5 = 1,609"},
            Verdict.HOLDS, 3, 3, None, 1.61, None, True,
        ),
    )  # fmt: skip


def ran(*variants: str) -> Ran:
    return Ran(
        break_id="00",
        title=TITLE,
        blind=False,
        stage=Stage.FIXING,
        first=True,
        runs=runs(*variants),
        seeds=(0, 1, 2),
        scored=scored(),
        judged=judged(),
        chain=CHAIN,
        locked_at=1_760_000_000.0,
        notes="phase-10/notes/breaks.md",
        surprise="P3",
        seconds=12.3,
    )


SETUP = {
    "en": "A stack of 50 blocks tells the tense of a verb form. In your copy the blocks no longer add x.",
    "es": "Una pila de 50 bloques dice el tiempo de una forma verbal. En tu copia los bloques ya no suman x.",
}


def started(stage: Stage = Stage.PREDICTING, blind: bool = False) -> Started:
    return Started(
        break_id="00",
        title=TITLE
        if not blind
        else {"en": "A deep MLP stops learning", "es": "Un MLP profundo deja de aprender"},
        blind=blind,
        setup=None if blind else SETUP,
        symptom=SYMPTOM,
        phase=10,
        stage=stage,
        number=1,
        target=None if blind else "src/minimodel/nn/blocks.py",
        notes="phase-10/notes/breaks.md",
        workspace=Path("/home/ada/lynx"),
        predictions=(P1, P2, P3),
        asks=BLIND_ASKS if blind else ASKS,
        seconds=12,
    )


RIVALS = {
    "vanishing": {
        "en": "The gradient vanishes, so nothing can help but a path around.",
        "es": "El gradiente se desvanece, así que nada ayuda salvo un camino que rodee.",
    },
    "step-size": {
        "en": "Without the skip the same step is too long.",
        "es": "Sin el atajo, el mismo paso es demasiado largo.",
    },
}
CLIP = Control(
    Variant("clip", "broken", {"clip_norm": 1.0}),
    Measure("val_accuracy", "clip", "last"),
    {"vanishing": Expect(at_most=0.4), "step-size": Expect(at_least=0.6)},
    Expect(at_least=0.6),
    {
        "en": "The gradient is clipped to norm 1; the skip stays missing.",
        "es": "El gradiente se recorta a norma 1.",
    },
)
CARD = ControlCard("clip", CLIP.says, CLIP, done=False)


def controls() -> Controls:
    return Controls(
        "00", RIVALS, {"vanishing": "stop-gradient"}, (CARD, replace(CARD, name="depth", done=True))
    )


def controlled() -> Controlled:
    return Controlled(
        break_id="00",
        name="clip",
        card=CARD,
        rivals=RIVALS,
        expected="vanishing",
        confidence=70,
        measured=Measured("clip", CLIP.measure, (0.88, 0.84, 0.9), (0, 1, 2)),
        reference=Measured("broken", replace(CLIP.measure, variant="broken"), (0.2, 0.2, 0.2), (0, 1, 2)),
        survived=("step-size",),
        ruled_out=("vanishing",),
    )


HINT = {
    "en": "Print the gradient norm of every block at step 0.",
    "es": "Imprime la norma del gradiente de cada bloque.",
}


def hinted(opened: bool = True) -> Hinted:
    return Hinted("00", 1, 3, HINT, (HINT,), opened)


def verified(verdict: str = "not-fixed", reason: str = "output", **more: object) -> Verified:
    plain = Verified(
        break_id="00",
        verdict=verdict,
        stage=Stage.FIXING,
        target="src/minimodel/nn/blocks.py",
        same_as_reference=False,
        cases=50,
        failed=50 if verdict == "not-fixed" else 0,
        reason=reason if verdict == "not-fixed" else "",
        where="norm.weight",
        by=1.7,
        zeros_agree=True,
        seconds=0.4,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def status(**more: object) -> Status:
    plain = Status(
        break_id="00",
        title=TITLE,
        blind=False,
        stage=Stage.FIXING,
        target="src/minimodel/nn/blocks.py",
        target_state="untouched",
        notes="phase-10/notes/breaks.md",
        hints_shown=2,
        hints_of=3,
        controls=1,
        next="lynx verify",
        due=(Due("break", "02", "miss", 0.0, 90),),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def reset() -> Reset:
    kept = ".git/lynx/kept/blocks.py"
    return Reset(
        "00",
        "src/minimodel/nn/blocks.py",
        "restored",
        kept,
        (("the index", "git restore --staged src/blocks.py"),),
    )


def listed() -> tuple[Listed, ...]:
    return (
        Listed(
            "03",
            10,
            {"en": "A product of fifty derivatives", "es": "Un producto de cincuenta derivadas"},
            ("chain-rule",),
            1,
            "done",
            "lynx",
        ),
        Listed("00", 10, TITLE, ("residuals", "signal-propagation"), 12, "fixing", "lynx", False, "10/00", (), True),
        Listed(
            "01", 17, {"en": "Delete the line", "es": "Borra la línea"}, ("attention",), 40, "new", "lynx",
            False, "17/00", ("torch",),
        ),
    )


def shown(metric: str | None = "loss", layer: str | None = None, step: int | None = None) -> Shown:
    available = {"loss": (), "grad_norm": BLOCKS, "weight_change_hist": ("0", "1.0e-08")}
    if metric is None:
        return Shown(None, "", False, {}, None, None, available)
    series = {v: run_of(v).series[metric] for v in ("healthy", "broken")}
    unit = "nats" if metric == "loss" else ""
    return Shown(metric, unit, metric == "grad_norm", series, layer, step, available)


CONTROL_SEEN = ControlSeen(
    "clip", CLIP.says, CLIP.expect, CLIP.measure, {}, 0.88, 0.86, ("step-size",), ("vanishing",)
)


FIX = "--- a/blocks.py\n+++ b/blocks.py\n@@ -12,4 +12,4 @@\n     h = 1\n-    return h\n+    return x + h\n"


def chapter(**more: object) -> Chapter:
    plain = Chapter(
        break_id="00",
        number=1,
        title=TITLE,
        symptom=SYMPTOM,
        started=1_760_000_000.0,
        stage=Stage.DONE,
        revealed=False,
        scored=scored(),
        judged=judged(),
        chain=CHAIN,
        controls=(CONTROL_SEEN,),
        rivals=RIVALS,
        hints_opened=2,
        hints_of=3,
        explanation="Without x the step overshoots; the samples fall together, then the gradient dies.",
        hidden_cause={
            "en": "The blocks no longer add their input.",
            "es": "Los bloques ya no suman su entrada.",
        },
        fix=FIX,
        runs=tuple(run_of(v) for v in ("healthy", "broken", "yours")),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def report(*chapters: Chapter) -> Report:
    return Report("ada", 1_760_000_000.0, chapters or (chapter(), chapter(break_id="03", number=2)))


SKIP = {"en": "adds the normalised input", "es": "suma la entrada normalizada"}
GUARD = {"en": "A branch of zero gives back its input.", "es": "Un bloque de rama nula devuelve su entrada."}


def guarded(outcome: Outcome = Outcome.PASSES, verdict: str = "catches", **more: object) -> Guarded:
    where = {"where": "tests/test_skip.py:9", "line": "assert grad.norm() > 1e-3", "error": "AssertionError"}
    sound = Held("healthy", outcome, failed=0 if outcome is Outcome.PASSES else 2, **where)
    rows = (
        sound,
        Held("bug", Outcome.CAUGHT, failed=3, **where),
        Held("wrong-fix", Outcome.CAUGHT, "1", SKIP, failed=3, **where),
        Held("wrong-fix", Outcome.PASSES, "2", SKIP),
    )
    plain = Guarded(
        break_id="00",
        attempt=1,
        target="src/minimodel/nn/blocks.py",
        tests=("tests/test_skip.py",),
        rows=rows if outcome is Outcome.PASSES else rows[:1],
        verdict=verdict if outcome is Outcome.PASSES else "fails-healthy",
        advice=GUARD,
        wrong=2,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def debrief() -> Debrief:
    return Debrief(
        break_=break_(),
        revealed=False,
        explanation="The step overshoots.",
        scored=scored(),
        judged=judged(),
        chain=CHAIN,
        controls=(CONTROL_SEEN,),
        fix="--- a/blocks.py\n+++ b/blocks.py\n@@ -1,2 +1,2 @@\n-    return h\n+    return x + h\n",
        hints=2,
        next="01",
        seeds=3,
    )


def break_() -> Break:
    """Break 00 itself, as it is shipped."""
    return load_break(Path(__file__).parents[2] / "breaks" / "10" / "00-remove-residual")


def checked() -> Checked:
    row = ClaimRow(
        id="nan-within-50",
        declared=Verdict.HOLDS,
        verdict=Verdict.REFUTED,
        k=0,
        n=10,
        p=0.004,
        median=math.inf,
        other=None,
        reason="none",
        provisional=False,
        agrees=False,
    )
    problem = Problem("break.yaml:61", "claims.0.verdict", "'{key}' is missing.", "", {"key": "hit"})
    passed = OracleRow("healthy", 0, None, True, 50, 0, "", True)
    one = BreakCheck("00", "remove-residual", Path("breaks/00"), (problem,), (passed,), (row,), seeds=10)
    return Checked((one,), False, 2, 41.0)


def written() -> Written:
    return Written(Path("lynx-report.html"), 2)
