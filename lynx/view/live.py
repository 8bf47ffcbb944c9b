"""The curves of a run, drawn while it trains: an observer of the runner's events."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Self

from rich.console import Group, RenderableType
from rich.text import Text

from lynx.errors import N_, Interrupted
from lynx.truth.measures import Ended
from lynx.view.language import _, number, seconds
from lynx.view.pictures.canvas import draw
from lynx.view.pictures.plots import ORDER, curve, named, sketches_of, variants_in_order
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from lynx.content.spec import Level
    from lynx.runs.types import Event
    from lynx.truth.claims import Prediction, Value
    from lynx.view.look import Look
    from lynx.view.terminal import Terminal

REFRESH = 0.1  # seconds between two pictures: smooth, and a small part of one core
HEIGHT, LEAST = 11, 5  # lines of the picture, and how few are still a picture


@dataclass
class Job:
    """How far one variant is under one seed."""

    variant: str
    seed: int
    step: int = 0
    steps: int = 0
    state: str = "waiting"  # waiting | training | done | stopped | cached
    ended: str = Ended.FINISHED


@dataclass
class Progress:
    """Everything the events have told so far; pure, so that pictures of it can be tested."""

    jobs: dict[tuple[str, int], Job] = field(default_factory=dict)
    curves: dict[str, dict[int, float]] = field(default_factory=dict)
    metric: str = ""
    seed: int | None = None  # the first one heard of: the one that is drawn
    level: Level | None = None  # what the loss is seen against
    height: float | None = None  # where that lies, once it is known
    sketches: Sequence[tuple[Prediction, Value]] = ()  # what the learner drew, as lines of their own
    of: int = 0  # jobs in all
    clock: Callable[[], float] = time.monotonic
    began: float | None = None  # when the first job that is not known from before began
    known: float = 0.0  # the share of all steps that was known from before

    def take(self, event: Event) -> Job:
        """Add one event; the job it is about, as it is now."""
        job = self.jobs.setdefault((event.variant, event.seed), Job(event.variant, event.seed))
        if self.seed is None:
            self.seed = event.seed
        job.steps = event.steps or job.steps
        self.of = max(self.of, event.jobs, len(self.jobs))
        if self.began is None and event.kind != "cached":
            self.began, self.known = self.clock(), self.share
        if event.kind == "cached":
            job.state = "cached"
        elif event.kind == "finished" and event.ended is not Ended.FINISHED:
            job.state, job.ended, job.step = "stopped", event.ended, event.reached or 0
        elif event.kind == "finished":
            job.state, job.step = "done", job.steps or job.step
        else:
            job.state = "training"
            if event.step is not None:
                job.step = event.step + 1
                self._draw(event)
        return job

    @property
    def ended(self) -> int:
        """How many jobs have been measured."""
        return sum(job.state in ("done", "cached") for job in self.jobs.values())

    @property
    def share(self) -> float:
        """How much of all the steps is done, 0 to 1."""
        running = (j for j in self.jobs.values() if j.state == "training" and j.steps)
        return (self.ended + sum(min(j.step / j.steps, 1.0) for j in running)) / (self.of or 1)

    @property
    def left(self) -> float | None:
        """Seconds to go at the pace so far; None while that is unknown, or nothing is left."""
        done = self.share - self.known
        if self.began is None or done < 0.02 or self.share >= 1:
            return None
        return (self.clock() - self.began) * (1 - self.share) / done

    def interrupted(self) -> BaseException:
        """What ^C leaves: the runs that had ended are kept."""
        if not self.of:
            return KeyboardInterrupt()
        return Interrupted(
            N_("Interrupted: {done} of {of} runs are measured and kept."),
            code="interrupted",
            remedy=N_("Go on from there: lynx run. With one seed only: lynx run --seeds 1."),
            done=self.ended,
            of=self.of,
        )

    def _draw(self, event: Event) -> None:
        if event.seed != self.seed or event.step is None:
            return
        if self.level and isinstance(self.level.at, str) and (found := event.values.get(self.level.at)):
            self.height = found[0]
        if not self.metric:
            scalars = [name for name, values in event.values.items() if len(values) == 1]
            self.metric = "loss" if "loss" in scalars else (scalars[0] if scalars else "")
        values = event.values.get(self.metric)
        if values:
            self.curves.setdefault(event.variant, {})[event.step] = values[0]

    def variants(self) -> list[str]:
        """The variants heard of, healthy and broken first."""
        return variants_in_order(list(dict.fromkeys(job.variant for job in self.jobs.values())))


class LiveRun:
    """`with LiveRun(terminal) as observe: run(…, observe)`: draws what the events tell.

    On a terminal one picture is redrawn in place and wiped at the end, also at ^C: the result's own screen
    shows the final one. Elsewhere a line on stderr at the start and the end of each job; under `--json`
    nothing.
    """

    def __init__(
        self,
        terminal: Terminal,
        steps: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        level: Level | None = None,
        sketches: Sequence[tuple[Prediction, Value]] = (),
    ) -> None:
        self.terminal, self.steps, self.clock = terminal, steps, clock
        constant = level.at if level and not isinstance(level.at, str) else None
        self.progress = Progress(level=level, height=constant, sketches=sketches, clock=clock)
        self._painted = 0  # lines on the screen now
        self._last = -1.0
        self._told = False

    def __enter__(self) -> Self:
        if self.terminal.animates:
            Thread(target=_warm, daemon=True).start()
            self._paint()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wipe()

    def __call__(self, event: Event) -> None:
        """Take one event of the run."""
        before = self.progress.jobs.get((event.variant, event.seed))
        state = before.state if before else "waiting"
        job = self.progress.take(event)
        if self.terminal.json:
            return
        if not self.terminal.animates:
            self._tell(job, state)
            return
        now = self.clock()
        if now - self._last >= REFRESH or event.kind != "step":
            self._last = now
            self._paint()

    # -- where nothing can be redrawn ------------------------------------------------------------

    def _tell(self, job: Job, before: str) -> None:
        if job.state == before:
            return
        name = _("{variant}, seed {n}").format(variant=word(job.variant), n=job.seed)
        if job.state == "training" and before == "waiting":
            self.terminal.say(_("{job}: training").format(job=name))
        elif job.state == "cached":
            self.terminal.say(_("{job}: known from before").format(job=name))
        elif job.state == "done":
            told = _("{job}: done, {n} steps").format(job=name, n=job.step)
            self.terminal.say(f"{told} ({_how_far(self.progress)})" if self.progress.of > 2 else told)
        elif job.state == "stopped":
            told = _("{job}: {ended} after {n} of {of} steps") if job.steps else "{job}: {ended}"
            self.terminal.say(told.format(job=name, ended=word(job.ended), n=job.step, of=job.steps))

    # -- where it can ----------------------------------------------------------------------------

    def _paint(self) -> None:
        look, room = self.terminal.look, max(self.terminal.rows - 1, 1)
        height = max(min(HEIGHT, self.terminal.rows - 6), LEAST)
        lines = self.terminal.drawn(picture(self.progress, look, height)).splitlines()
        if len(lines) > room:  # what is taller than the screen would leave a copy above it at every step
            lines = self.terminal.drawn(bars(self.progress, look)).splitlines()[:room]
        self._replace(lines)

    def clear(self) -> None:
        """Make room for something else; the picture comes back below it with the next event."""
        self._wipe()

    def _wipe(self) -> None:
        if self._painted:
            self._replace([])

    def _replace(self, lines: list[str]) -> None:
        """Write `lines` over those painted last, each erased on its own.

        Never "everything below": tmux and screen keep a screenful that is erased from its first line on in their
        scrollback, a copy a frame. A terminal that became narrower since may have wrapped what was painted into
        more rows. Those are left: erasing more rows than were painted would eat what stands above.
        """
        before = min(self._painted, max(self.terminal.rows - 1, 1))
        text = "\r" + (f"\x1b[{before}A" if before else "")
        text += "".join(f"{line}\x1b[K\n" for line in lines)
        if (left := before - len(lines)) > 0:
            text += "\x1b[K\n" * left + f"\x1b[{left}A"
        self.terminal.write(text)
        self._painted = len(lines)


def picture(progress: Progress, look: Look, height: int = HEIGHT) -> RenderableType:
    """The curves so far and how far each variant is."""
    variants = progress.variants()
    how_far = bars(progress, look)
    having = [v for v in variants if progress.curves.get(v)]
    usual = [v for v in having if v in ORDER]
    others = [v for v in having if v not in ORDER]
    # beside healthy and broken a baseline would only crowd the picture; a control is what one came to see
    drawn = usual + (others[:1] if len(usual) < 2 else [])
    if not drawn:
        return how_far if variants else look.text(_("Starting …"), "dim")
    curves = [curve(v, dict(progress.curves[v])) for v in drawn]
    curves += sketches_of(progress.sketches, progress.metric)
    steps = max((job.steps for job in progress.jobs.values()), default=0)
    plot = draw(
        curves,
        look,
        title=metric_word(progress.metric),
        height=height,
        x_title=_("steps"),
        x_most=steps - 1 if steps else None,
        reference=_reference(progress),
    )
    return Group(how_far, Text(""), plot)


def _reference(progress: Progress) -> tuple[str, float] | None:
    known = progress.level and progress.height is not None and math.isfinite(progress.height)
    if not known or progress.metric != "loss":
        return None
    assert progress.level is not None
    assert progress.height is not None
    return named((progress.level.says, progress.height))


def bars(progress: Progress, look: Look) -> Text:
    """One short bar a variant, for the seed that trains now."""
    variants = progress.variants()
    line = Text()
    wide = 12 if look.width >= 60 else 6
    full, rest = ("━", "─") if look.encoding == "utf-8" else ("=", "-")
    for variant in variants:
        jobs = [job for job in progress.jobs.values() if job.variant == variant]
        job = next((j for j in jobs if j.state == "training"), jobs[-1])
        share = job.step / job.steps if job.steps else float(job.state in ("done", "cached"))
        filled = round(wide * min(share, 1.0))
        count = f"{job.step}/{job.steps}" if job.steps else number(job.step)
        if job.state == "cached":
            filled, count = wide, _("known")
        piece = look.text(f"{word(variant)} ")
        piece.append(full * filled, "bold").append(rest * (wide - filled), "dim")
        piece.append_text(look.text(f" {count}"))
        if len(jobs) > 1 or (progress.seed is not None and job.seed != progress.seed):
            piece.append_text(look.text(" " + _("(seed {n})").format(n=job.seed), "dim"))
        last = line.plain.rsplit("\n", 1)[-1]
        if line:
            line.append("\n" if len(last) + 3 + piece.cell_len > look.width else "   ")
        line.append_text(piece)
    if progress.of > 1:
        line.append_text(look.text(("\n" if line else "") + _how_far(progress), "dim"))
    return line


def _how_far(progress: Progress) -> str:
    told = _("{done} of {of} runs done").format(done=progress.ended, of=progress.of)
    left = progress.left
    return told if left is None else _("{told}, about {time} to go").format(told=told, time=seconds(left))


def _warm() -> None:
    """Import the plot library while the child process starts: the first curve then does not wait for it."""
    import plotext  # noqa: F401
