"""Made-up learners of varied skill: hand-ins as `lynx hand-in` writes them, sealed by the same code."""

from __future__ import annotations

import random
from pathlib import Path

from lynx.teach import seals
from lynx.teach.seals import Entry, HandIn

ASKED = {"00": 5, "01": 4, "02": 4, "03": 4, "04": 4, "05": 4, "06": 4, "07": 4, "08": 4, "09": 4}


def learner(seed: int, *, name: str = "", breaks: int = 4, skill: float = 0.5, salt: str = "") -> HandIn:
    """A learner who hits with probability `skill`, is as sure as that, and stays at the last break sometimes."""
    draw = random.Random(seed)
    salt = salt or f"salt-{seed}"
    entries: list[Entry] = []
    day = 1
    for attempt, id_ in enumerate(list(ASKED)[:breaks], 1):
        day = min(day + draw.randrange(2), 20)
        last = attempt == breaks
        entries += _attempt(draw, attempt, id_, f"2026-11-{day:02d}", skill, done=not last or draw.random() < skill)
    made = HandIn(
        name or f"oak-{seed:03x}", bool(name), seals.digest(salt, "work"), "", "2026-11-27", True, tuple(entries), ()
    )
    return seals.sealed(made)


def _attempt(draw: random.Random, attempt: int, id_: str, day: str, skill: float, *, done: bool) -> list[Entry]:
    def entry(kind: str, **told: object) -> Entry:
        return Entry(attempt, day, kind, told, {})

    answers, scored = {}, {}
    for i in range(1, ASKED[id_] + 1):
        hit = draw.random() < (skill if i != 3 else skill / 4)  # the third is what nobody believes
        sure = draw.choice((70, 90)) if i == 3 or hit else draw.choice((30, 50))
        value = 0.045 if hit else 1e-6
        answers[f"P{i}"] = {"value": value, "confidence": sure}
        scored[f"P{i}"] = {
            "predicted": value,
            "confidence": sure,
            "values": [0.044, 0.045, 0.046],
            "answer": 0.045,
            "result": "hit" if hit else "miss",
        }
    opened = draw.randrange(4) if done else 3
    found = [
        entry("start", **{"break": id_, "number": 1, "blind": False, "hints": 3}),
        entry("locked", answers=answers),
        entry("run", seeds=[100, 101, 102], predictions=scored),
        *(entry("hint", level=level, of=3, anyway=False) for level in range(1, opened + 1)),
    ]
    found += [entry("verify", verdict="not-fixed") for _ in range(draw.randrange(5))]
    if done:
        found += [entry("verify", verdict="fixed"), entry("fixed", same=True), entry("explain", text="0" * 32)]
    return found


def write(folder: Path, hand_in: HandIn, name: str = "") -> Path:
    """The file of a hand-in."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"hand-in-{hand_in.name}.json")
    path.write_bytes(seals.pack(hand_in))
    return path


def a_class(folder: Path, size: int = 30) -> None:
    """Thirty hand-ins or so."""
    for seed in range(size):
        write(folder, learner(seed, breaks=1 + seed % len(ASKED), skill=0.2 + 0.7 * seed / size))
