"""`lynx mentor record`: the mentor's own edit becomes a break; `new` scaffolds one without an edit.

The folder is written whole before the target is put back, so that nothing is lost whatever happens between.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, SOURCE_LANGUAGE, Refused
from lynx.mentor import factory, guess, programs, skeleton
from lynx.mentor.origin import Origin, healthy_bytes, read
from lynx.mentor.results import Recorded
from lynx.mentor.shortest import shortest
from lynx.repo import inject, workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OWN_EXPERIMENT = "deep_mlp"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def record(
    target: Path,
    *,
    cwd: Path,
    environ: Mapping[str, str],
    id: str,  # noqa: A002 - the break's own word for it
    slug: str | None = None,
    phase: int = 0,
    out: Path | None = None,
    healthy: Path | None = None,
    experiment: str | None = None,
    language: str = SOURCE_LANGUAGE,
    say: Callable[[str], str] = str,
) -> Recorded:
    """Turn the edit in `target` into a break folder, and give the target its healthy bytes back.

    Healthy is what the index or the last commit holds, or the file `healthy`; broken is the file as it is
    now. `out` is the folder of breaks (`breaks` of the repository by default). `experiment` is a built-in's
    name, a file to copy, or None: the starter's own for the starter, a skeleton to fill elsewhere. The texts are
    to be written in `language`, and `say` translates what asks for them. What was
    written is trusted: the mentor wrote it. Raises Refused when nothing was changed, when the edit is no
    break (it does not compile, cannot be told apart), when a break is under way in the target, or when the
    folder is there already.
    """
    home = Origin.of(cwd / target)
    broken = read(cwd / target)
    original = read(cwd / healthy) if healthy else healthy_bytes(home, broken)
    if original == broken:
        raise Refused(
            N_("{target} is as it was committed: there is no edit to record."),
            code="no-edit",
            remedy=N_(
                "Put the bug into the file, save it, and record again; or name the sound version: --healthy"
                " FILE"
            ),
            target=home.target,
        )
    _compiles(broken, home.target)
    _not_under_way(home, broken)
    diff, within = shortest(original, broken, home.target)
    written = _scaffold(
        home,
        original,
        diff,
        within,
        id=id,
        slug=slug,
        phase=phase,
        out=out,
        experiment=experiment,
        cwd=cwd,
        language=language,
        say=say,
    )
    folder = Path(written.folder)
    try:
        _put_back(home, broken, original)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # the edit is still in the target: nothing is lost
        raise
    return _trusted(written, environ, restored=True)


def new(
    target: Path,
    *,
    cwd: Path,
    environ: Mapping[str, str],
    id: str,  # noqa: A002
    slug: str | None = None,
    phase: int = 0,
    out: Path | None = None,
    experiment: str | None = None,
    language: str = SOURCE_LANGUAGE,
    say: Callable[[str], str] = str,
) -> Recorded:
    """Scaffold a break of `target` without a diff. The target is only read."""
    home = Origin.of(cwd / target)
    source = read(cwd / target)
    written = _scaffold(
        home,
        source,
        "",
        None,
        id=id,
        slug=slug,
        phase=phase,
        out=out,
        experiment=experiment,
        cwd=cwd,
        language=language,
        say=say,
    )
    return _trusted(written, environ, restored=False)


def write_schema(folder: Path) -> Path:
    """The JSON Schema of break.yaml as a file in `folder`, for editors; written only when it is new or
    differs.
    """
    from lynx.content.reading.schema import json_schema  # pydantic takes a tenth of a second

    path = folder / skeleton.SCHEMA_FILE
    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _compiles(broken: bytes, target: str) -> None:
    try:
        compile(broken, target, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Refused(
            N_("With the bug in, {target} does not compile: {error}."),
            code="bug-does-not-compile",
            remedy=N_("A bug that a learner could meet runs; mend the file, then record again."),
            target=target,
            error=error,
        ) from error


def _not_under_way(home: Origin, broken: bytes) -> None:
    from lynx.store.journal import Journal, sha256

    if not Journal.exists(home.space.state_dir):
        return
    with Journal.open(home.space.state_dir) as journal:
        attempt = journal.active()
        if attempt and attempt.target == home.name and attempt.broken == sha256(broken):
            raise Refused(
                N_("{target} holds the bug of break {id}, which is under way here."),
                code="break-under-way",
                remedy=N_("Give the file back first: lynx reset --yes"),
                target=home.name,
                id=attempt.break_id,
            )


# -- what is written --------------------------------------------------------------------------------------


def _scaffold(
    home: Origin,
    source: bytes,
    diff: str,
    within: str | None,
    *,
    id: str,  # noqa: A002
    slug: str | None,
    phase: int,
    out: Path | None,
    experiment: str | None,
    cwd: Path,
    language: str,
    say: Callable[[str], str],
) -> Recorded:
    stem = (within or Path(home.target).stem).replace(".", "-").replace("_", "-")
    slug = slug or workspace.slug(stem, "break")
    _named_well(id, slug)
    root = cwd / out if out else home.space.top / "breaks"
    folder = root / f"{phase:02d}" / f"{id}-{slug}"
    if folder.exists():
        raise Refused(
            N_("{folder} is there already."),
            code="folder-exists",
            remedy=N_("Choose another --id or --slug, or remove it first."),
            folder=folder,
        )
    pythonpath = "src" if home.target.startswith("src/") else "."
    module = skeleton.module_of(home.target, pythonpath)
    guessed = guess.guess(source, within, module)
    runs, script = _experiment(home, module, within, experiment, cwd)
    facts = skeleton.Facts(
        id=id,
        slug=slug,
        phase=phase,
        target=home.target,
        diff=diff,
        within=within,
        base=home.base,
        pythonpath=pythonpath,
        experiment=runs,
        schema_path=f"../../{skeleton.SCHEMA_FILE}",
        oracle=guessed,
        language=language,
    )
    yaml = skeleton.text(facts, say)
    growing = folder.with_name(f".{folder.name}.lynx-{os.getpid()}")
    try:
        growing.mkdir(parents=True)
        (growing / "break.yaml").write_text(yaml, encoding="utf-8")
        if script is not None:
            (growing / runs.removeprefix("./")).write_bytes(script)
        if guessed is not None and guessed.built is not None:
            (growing / factory.FILE).write_text(guessed.built.text, encoding="utf-8")
        write_schema(root)
        growing.rename(folder)
    except OSError as error:
        raise Refused(
            N_("{folder} cannot be written: {error}."),
            code="unwritable",
            remedy=N_("Choose a folder of your own: --out DIR"),
            folder=folder,
            error=error.strerror or error,
        ) from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return Recorded(
        id=id,
        slug=slug,
        folder=folder,
        target=home.target,
        diff=diff,
        within=within,
        blanks=skeleton.blanks(yaml),
        restored=False,
        trusted=False,
        next=f"lynx mentor check {id} --pack {_short(root, cwd)}",
    )


def _short(path: Path, cwd: Path) -> str:
    try:
        return path.resolve().relative_to(cwd.resolve()).as_posix()
    except ValueError:
        return str(path)


def _named_well(id: str, slug: str) -> None:  # noqa: A002
    for what, name, pattern in (("id", id, _ID), ("slug", slug, _SLUG)):
        if not pattern.fullmatch(name):
            raise Refused(
                N_("“{name}” cannot be the {what} of a break."),
                code="bad-name",
                remedy=N_(
                    "An id is letters, digits, dots, - and _; a slug small letters, digits and single dashes."
                ),
                name=name,
                what=what,
            )


def _experiment(
    home: Origin, module: str, within: str | None, asked: str | None, cwd: Path
) -> tuple[str, bytes | None]:
    """What runs, and the text of the file that is to stand beside break.yaml, if one is."""
    if asked is None and home.base == "starter":
        return OWN_EXPERIMENT, None
    program = _program(home, asked, cwd)
    if program is not None:
        return f"{skeleton.SCRIPT}{program}", None
    if asked is None or (asked.endswith(".py") and not (cwd / asked).is_file()):
        name = within.split(".")[0] if within else None
        return "./experiment.py", skeleton.experiment(module, name).encode()
    if asked.endswith(".py"):
        return f"./{Path(asked).name}", read(cwd / asked)
    return asked, None


def _program(home: Origin, asked: str | None, cwd: Path) -> str | None:
    """The repository's own program that trains: the one that is asked for, else the likeliest; None for none."""
    from lynx.repo import git  # GitPython takes a tenth of a second

    if asked is None:
        return programs.find(home.space.top, git.files(home.space.top), home.name)
    path = cwd / asked
    if not asked.endswith(".py") or not path.is_file():
        return None
    source = read(path).decode("utf-8", "replace")
    top, real = home.space.top.resolve(), path.resolve()
    inside = real.is_relative_to(top) and programs.trains(source) and not programs.defines_run(source)
    return real.relative_to(top).as_posix() if inside else None


# -- putting the file back ----------------------------------------------------------------------------------


def _put_back(home: Origin, broken: bytes, healthy: bytes) -> None:
    """The healthy bytes in the place of the edit, by the same exchange that gives a learner's file back."""
    from lynx.store.journal import Journal

    with inject.lock(home.space), Journal.open(home.space.state_dir) as journal:
        inject.recover(home.space, journal)
        # No attempt has the id 0: what is exchanged here belongs to none.
        inject.swap(home.space, journal, 0, home.name, broken, healthy)


def _trusted(written: Recorded, environ: Mapping[str, str], *, restored: bool) -> Recorded:
    from dataclasses import replace

    from lynx.store import trust

    trust.trust(written.folder, trust.user_home(environ))
    return replace(written, restored=restored, trusted=True)
