"""The files a break names, and the diffs it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.content.reading import diffs, paths
from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.words import shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lynx.content.reading.checks.draft import Draft


def in_files(draft: Draft, folder: Path | None) -> Iterator[Mistake]:
    """Paths that lead outside, and experiments that are not there (`folder` None: not looked for)."""
    named: list[tuple[Loc, Any]] = [(("target",), draft.text("target")), (("base",), draft.text("base"))]
    lists: tuple[tuple[str, ...], ...] = (
        ("read",),
        ("pythonpath",),
        ("needs", "files"),
        ("experiment", "needs", "files"),
        ("experiment", "files"),
    )
    for key in lists:
        held = draft.at(*key)
        named += [((*key, i), path) for i, path in enumerate(held)] if isinstance(held, list) else []
    script = draft.experiment.script if draft.experiment else None
    named.append((("experiment", "script"), script))
    for at, path in named:
        refused = paths.refusal(path) if isinstance(path, str) and path else None
        if refused:
            yield Mistake(at, *refused)
    if draft.text("target") == ".":
        yield Mistake(
            ("target",), N_("the target is a folder."), N_("Name the one file that the diff changes.")
        )
    if script and not script.endswith(".py"):
        yield Mistake(
            ("experiment", "script"),
            N_("'{run}' is no Python program."),
            N_("Name a file of the repository that trains when it is run, such as train.py."),
            {"run": shown(script)},
        )
    for form in ("make", "steps", "property"):
        function = getattr(draft.oracle, form) if draft.oracle else None
        if function and folder is not None and not _inside(folder, function.partition(":")[0]):
            yield Mistake(
                ("oracle", form),
                N_("{run} is no file in the break's folder."),
                N_("Put it beside break.yaml, as a file and not a link to elsewhere."),
                {"run": shown(function.partition(":")[0])},
            )
    yield from _run(draft, folder)


def _run(draft: Draft, folder: Path | None) -> Iterator[Mistake]:
    run = (draft.experiment.run or "") if draft.experiment else ""
    at_run: Loc = ("experiment", "run")
    if "/" in run or run.endswith(".py"):
        refused = paths.refusal(run.removeprefix("./"))
        if refused:
            yield Mistake(
                at_run, refused[0], N_("Name a file in the break's own folder, such as ./experiment.py.")
            )
        elif not run.startswith("./") or not run.endswith(".py"):
            yield Mistake(
                at_run,
                N_("an experiment's file is written ./NAME.py."),
                N_("Name a file in the break's own folder, such as ./experiment.py."),
            )
        elif folder is not None and not _inside(folder, run):
            yield Mistake(
                at_run,
                N_("{run} is no file in the break's folder."),
                N_("Put it beside break.yaml, as a file and not a link to elsewhere."),
                {"run": shown(run)},
            )
    elif run and not run.isidentifier():
        yield Mistake(
            at_run,
            N_("'{run}' is no experiment."),
            N_("Give a built-in name such as deep_mlp, or ./experiment.py."),
            {"run": shown(run)},
        )


def _inside(folder: Path, name: str) -> bool:
    """Whether `name` is a regular file whose real place is in the folder."""
    try:
        real = (folder / name).resolve(strict=True)
        return real.is_file() and real.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def in_diffs(draft: Draft) -> Iterator[Mistake]:
    """Diffs that are none, or that change more than the target."""
    target = draft.text("target")
    given: list[tuple[Loc, Any]] = [(("diff",), draft.values.get("diff"))]
    for section in ("variants", "controls"):
        held = draft.values.get(section)
        if isinstance(held, dict):
            given += [((section, k, "diff"), v.get("diff")) for k, v in held.items() if isinstance(v, dict)]
    fixes = draft.values.get("wrong_fixes")
    if isinstance(fixes, list):
        given += [
            (("wrong_fixes", i, "diff"), v.get("diff")) for i, v in enumerate(fixes) if isinstance(v, dict)
        ]
    for at, diff in given:
        refused = diffs.refusal(diff, target) if isinstance(diff, str) else None
        if refused:
            yield Mistake(at, *refused)
