"""One command's view of the world: the workspace, its journal, the attempt under way.

`open_session` finds the workspace, opens its journal and lets recovery run before anything else.
Nothing here imports git, numpy or a spec reader at start-up: light commands go through it too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, SOURCE_LANGUAGE, NotYet, Refused
from lynx.loop.stages import Stage, demand
from lynx.repo import inject, workspace
from lynx.store.journal import Attempt, Journal

if TYPE_CHECKING:
    from lynx.content.spec import Break, Text
    from lynx.repo.workspace import Workspace
    from lynx.runs.runner import Event, Setting

Observer = Callable[["Event"], None]


@dataclass(frozen=True)
class Env:
    """The world outside, handed in: what the command line and the environment said."""

    cwd: Path
    environ: Mapping[str, str]
    repo: Path | None = None
    learner: str | None = None
    python: str | None = None
    packs: tuple[Path, ...] = ()
    lang: str = SOURCE_LANGUAGE
    limit: float | None = None  # seconds of processor time a job may take; None: as the break's budget says


@dataclass
class Session:
    """An open workspace."""

    env: Env
    workspace: Workspace
    journal: Journal
    recovered: str = ""
    _breaks: dict[int, Break] = field(default_factory=dict)

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the attempt under way -------------------------------------------------------------------

    def active(self) -> Attempt | None:
        """The attempt under way, or None."""
        return self.journal.active()

    def attempt(self, verb: str) -> Attempt:
        """The attempt under way. Raises Refused when there is none, NotYet when `verb` is not allowed yet."""
        attempt = self.journal.active()
        if attempt is None:
            raise Refused(
                N_("No break is under way here."),
                code="no-break",
                remedy=N_("Start one: lynx break (lynx list shows them all)."),
            )
        demand(Stage(attempt.stage), verb)
        return attempt

    def asks(self, attempt: Attempt) -> Mapping[str, Text]:
        """The questions; a blind break has its own wording where the plain one would tell."""
        break_ = self.break_of(attempt)
        hidden = attempt.blind and attempt.stage != Stage.DONE
        return {**break_.asks, **break_.blind_asks} if hidden else break_.asks

    def break_of(self, attempt: Attempt) -> Break:
        """The attempt's break as it was at the injection, whatever has become of its folder since."""
        if attempt.id not in self._breaks:
            from lynx.content.reading.breaks import load_break

            data = self.journal.blob(attempt.spec)
            self._breaks[attempt.id] = load_break(Path(attempt.folder), pack=attempt.pack, data=data)
        return self._breaks[attempt.id]

    # -- the target ------------------------------------------------------------------------------

    def demand_target(self, attempt: Attempt) -> None:
        """Raises Refused when the target is gone: nothing that imports it can run then."""
        if not self.target(attempt).is_file():
            blind = attempt.blind and attempt.stage != Stage.DONE
            raise Refused(
                N_("The file that the break changed is gone.") if blind else N_("{target} is gone."),
                code="target-missing",
                remedy=N_("To put the original back: lynx reset --yes"),
                target=attempt.target,
            )

    def target(self, attempt: Attempt) -> Path:
        """The absolute path of the attempt's target."""
        return self.workspace.top / attempt.target

    def target_bytes(self, attempt: Attempt) -> bytes:
        """The target as it is now. Raises Refused when it is gone or unreadable."""
        try:
            return self.target(attempt).read_bytes()
        except OSError as error:
            raise Refused(
                N_("{path} cannot be read: {error}."),
                code="target-missing",
                remedy=N_("Put it back, or let Lynx do it: lynx reset --yes"),
                path="the target" if attempt.blind else attempt.target,
                error=error.strerror or error,
            ) from error

    def target_sha(self, attempt: Attempt) -> str | None:
        """The hash of the target as it is now; None when it is gone."""
        try:
            return hashlib.sha256(self.target(attempt).read_bytes()).hexdigest()
        except OSError:
            return None

    @property
    def prefix(self) -> str:
        """What to put before a name in the workspace so that it can be opened from where the person stands."""
        relative = os.path.relpath(self.workspace.top, self.env.cwd)
        if relative == ".":
            return ""
        return f"{self.workspace.top}/" if relative.startswith("..") else f"{relative}/"

    # -- runs ------------------------------------------------------------------------------------

    def setting(self, break_: Break) -> Setting:
        """What every job of this command shares."""
        from lynx.runs.runner import Setting, choose_interpreter

        return Setting(
            top=self.workspace.top,
            pythonpath=break_.pythonpath,
            target=break_.target,
            interpreter=choose_interpreter(self.workspace.top, self.env.python, self.env.environ),
            state_dir=self.workspace.state_dir,
            processor=self.env.limit or max(120.0, 2 * break_.budget),
            parallel=os.cpu_count() or 1,
        )

    # -- notes -----------------------------------------------------------------------------------

    def notes_path(self, attempt: Attempt) -> Path:
        """The absolute path of the notes file this attempt writes to."""
        return self.workspace.top / attempt.notes

    def read_notes(self, attempt: Attempt) -> str:
        """The notes as text; bytes that are not UTF-8 survive as surrogates. Missing is empty."""
        return read_text(self.notes_path(attempt))

    def change_notes(self, attempt: Attempt, change: Callable[[str], str]) -> str:
        """Apply a pure change to the notes file, durably; a save made meanwhile is never lost."""
        return change_text(self.notes_path(attempt), change)


@contextmanager
def open_session(env: Env) -> Iterator[Session]:
    """The session of the workspace around `env`. Raises Refused when there is none."""
    found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
    if found is None or not Journal.exists(found.state_dir):
        raise Refused(
            N_("There is no Lynx workspace here."),
            code="no-workspace",
            remedy=N_(
                "lynx break makes one and starts; lynx init --here adopts the repository you stand in."
            ),
        )
    with attach(env, found) as session:
        yield session


@contextmanager
def attach(env: Env, found: Workspace) -> Iterator[Session]:
    """The session of a workspace already found; recovery runs first."""
    with Journal.open(found.state_dir) as journal:
        recovery = inject.recover(found, journal)
        yield Session(env, found, journal, recovered=str(recovery) if recovery else "")


def read_text(path: Path) -> str:
    """The file's text, line endings and undecodable bytes kept; empty when there is none."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Refused(
            N_("The notes {path} cannot be read: {error}."),
            code="notes-unreadable",
            remedy=N_("Make it a readable file, then try again."),
            path=path,
            error=error.strerror or error,
        ) from error


def change_text(path: Path, change: Callable[[str], str]) -> str:
    """Replace the file by `change` of its text, atomically; when it was saved meanwhile, start over."""
    path = path.resolve()  # a link stays a link: what it points to is written
    for _ in range(20):
        before = read_text(path)
        after = change(before)
        if after == before:
            return after
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            import tempfile  # for the notes alone

            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise Refused(
                N_("The notes {path} cannot be written: {error}."),
                code="notes-unwritable",
                remedy=N_("Make the folder writable, then try again; nothing was lost."),
                path=path,
                error=error.strerror or error,
            ) from error
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(after.encode("utf-8", "surrogateescape"))
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
            if read_text(path) == before:
                temporary.replace(path)
                return after
        finally:
            temporary.unlink(missing_ok=True)
    raise NotYet(
        N_("The notes {path} keep changing while Lynx writes to them."),
        code="notes-busy",
        remedy=N_("Save the file in your editor, then try again."),
        path=path,
    )


def card_of(break_: Break) -> dict[str, Any]:
    """The texts that light commands show without reading the spec again."""
    return {
        "title": dict(break_.title),
        "blind_title": dict(break_.blind_title),
        "symptom": dict(break_.symptom),
        "slug": break_.slug,
        "phase": break_.phase,
        "hints": [dict(hint) for hint in break_.hints],
        "teaches": list(break_.teaches),
    }
