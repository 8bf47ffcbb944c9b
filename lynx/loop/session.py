"""One command's view of the world: the workspace, its journal, the attempt under way.

`open_session` finds the workspace, opens its journal and lets recovery run before anything else.
Nothing here imports git, numpy or a spec reader at start-up: light commands go through it too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, LynxError, Refused
from lynx.loop.env import Env as Env  # noqa: TC001 - where everybody looks for it
from lynx.loop.stages import Stage, demand
from lynx.repo import inject, workspace
from lynx.repo.disk import DISK
from lynx.repo.target import place
from lynx.store import hashed, owner, places, trust
from lynx.store.journal import Attempt, Journal, not_yours
from lynx.surroundings import cause

if TYPE_CHECKING:
    from lynx.content.spec import Break, Text
    from lynx.repo.workspace import Workspace
    from lynx.runs.runner import Event, Setting

Observer = Callable[["Event"], None]

LOOKING = frozenset(
    {"hint", "show", "setup", "report", "reset"}
)  # what may be done with a state of somebody else's


class Session:
    """An open workspace."""

    def __init__(self, env: Env, workspace: Workspace, journal: Journal, recovered: str = "") -> None:
        self.env, self.workspace, self.journal, self.recovered = env, workspace, journal, recovered
        self._breaks: dict[tuple[str, str, str], Break] = {}

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
        if self.foreign and verb not in LOOKING:
            raise not_yours()
        demand(Stage(attempt.stage), verb)
        return attempt

    @property
    def foreign(self) -> bool:
        """Whether the state came along with the folder: another user's, or another machine's."""
        return self.journal.foreign

    def demand_own(self) -> None:
        """Raises Refused for a state of somebody else's."""
        if self.foreign:
            raise not_yours()

    def asks(self, attempt: Attempt) -> Mapping[str, Text]:
        """The questions; a blind break has its own wording where the plain one would tell."""
        break_ = self.break_of(attempt)
        hidden = attempt.blind and attempt.stage != Stage.DONE
        return {**break_.asks, **break_.blind_asks} if hidden else break_.asks

    def break_of(self, attempt: Attempt) -> Break:
        """The attempt's break as it was at the injection, whatever has become of its folder since."""
        known = (attempt.spec, attempt.folder, attempt.pack)
        if known not in self._breaks:
            from lynx.content.reading.known import read_break

            data = self.journal.needed(attempt.spec)
            folder = self._folder_of(attempt)
            self._breaks[known] = read_break(folder, self.env.environ, pack=attempt.pack, data=data)
        return self._breaks[known]

    def _folder_of(self, attempt: Attempt) -> Path:
        """The break's folder; where the repository or Lynx was moved since, the one that now has its name."""
        folder = Path(attempt.folder)
        if folder.is_dir():
            return folder
        from lynx.loop.shelf import shelf

        cards = shelf(self.workspace.top, self.env)
        return next((c.folder for c in cards if (c.id, c.pack) == (attempt.break_id, attempt.pack)), folder)

    # -- the target ------------------------------------------------------------------------------

    def demand_target(self, attempt: Attempt) -> None:
        """Raises Refused when the target is gone: nothing that imports it can run then."""
        if not self.target(attempt).is_file():
            raise Refused(
                N_("{target} is gone."),
                code="target-missing",
                remedy=N_("To put the original back: lynx reset --yes"),
                target=attempt.target,
            )

    def target(self, attempt: Attempt) -> Path:
        """The absolute path of the attempt's target. Raises Refused for one that leads out of the repository."""
        return place(self.workspace, attempt.target)

    def target_bytes(self, attempt: Attempt) -> bytes:
        """The target as it is now. Raises Refused when it is gone or unreadable."""
        try:
            data = DISK.read(self.target(attempt))
        except OSError as error:
            raise Refused(
                N_("{target} cannot be read: {error}."),
                code="target-missing",
                remedy=N_("Put it back, or let Lynx do it: lynx reset --yes"),
                target=attempt.target,
                error=cause(error),
            ) from error
        if data is None:
            self.demand_target(attempt)
        return data or b""

    def target_sha(self, attempt: Attempt) -> str | None:
        """The hash of the target as it is now; None when it is gone."""
        try:
            data = DISK.read(self.target(attempt))
        except OSError:
            return None
        return None if data is None else hashed.sha256(data).hexdigest()

    @property
    def prefix(self) -> str:
        """What to put before a name in the workspace so that it can be opened from where the person stands."""
        return prefix_of(self.workspace, self.env)

    # -- runs ------------------------------------------------------------------------------------

    def setting(self, break_: Break) -> Setting:
        """What every job of this command shares; asked for before any code runs."""
        from lynx.runs.interpreter import choose_interpreter
        from lynx.runs.types import Setting

        self.demand_runnable()
        self.journal.hold()
        return Setting(
            top=self.workspace.top,
            pythonpath=break_.pythonpath,
            target=break_.target,
            interpreter=choose_interpreter(self.workspace.top, self.env.python, self.env.environ),
            state_dir=self.workspace.state_dir,
            processor=self.env.limit or max(120.0, 2 * break_.budget),
            parallel=os.cpu_count() or 1,
        )

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder of Lynx's own for what is made before it takes its place; a kill leaves it to the next start."""
        import shutil  # for pictures alone

        folder = self.workspace.state_dir / f"drawing-{os.getpid()}"
        folder.mkdir(exist_ok=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def demand_runnable(self) -> None:
        """Raises Refused where the state came from elsewhere and names code that this user never allowed."""
        if self.foreign:
            raise not_yours()
        attempt = self.journal.active()
        if attempt is not None and self.journal.fact(f"unproved:{attempt.id}"):
            raise Refused(
                N_("Break {id} came along with this folder, and is not the break {id} that you have here."),
                code="foreign-break",
                remedy=N_("Nothing of it is run. Give the file back: lynx reset --yes; then start it here."),
                id=attempt.break_id,
            )

    # -- notes -----------------------------------------------------------------------------------

    def notes_path(self, attempt: Attempt) -> Path:
        """The absolute path of the notes file this attempt writes to. Raises Refused when a link leads outside."""
        from lynx.loop import notes_file

        return notes_file.locate(self.workspace, attempt.notes)

    def read_notes(self, attempt: Attempt) -> str:
        """The notes as text, in whatever encoding they were saved. Missing is empty."""
        from lynx.loop import notes_file

        return notes_file.read(self.workspace, attempt.notes)

    def change_notes(self, attempt: Attempt, change: Callable[[str], str]) -> str:
        """Apply a pure change to the notes file, durably; a save made meanwhile is never lost."""
        from lynx.loop import notes_file

        return notes_file.change(self.workspace, self.journal, attempt.notes, change)


@contextmanager
def open_session(env: Env) -> Iterator[Session]:
    """The session of the workspace around `env`. Raises Refused when there is none."""
    found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
    if found is None or not Journal.exists(found.state_dir):
        if found is None and (others := places.others(env.environ)):
            raise Refused(
                N_("There is no workspace here. One of yours, with break {id} under way, is at {path}."),
                code="elsewhere",
                remedy=N_("Go on there: cd {path}"),
                id=others[0].break_id,
                path=others[0].top,
            )
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
    """The session of a workspace already found; recovery runs first. A refusal says no more than a learner may read.

    A state of another user or machine is opened to be looked at: nothing in it is acted on, and nothing written.
    """
    workspace.demand_own_state(found)
    with Journal.open(found.state_dir) as journal:
        session = Session(env, found, journal)
        try:
            journal.foreign = not _mine(env, found, journal)
            if not journal.foreign:
                inject.tidy(found)
                recovery = inject.recover(found, journal)
                session.recovered = str(recovery) if recovery else ""
            if (attempt := session.active()) is not None:
                journal.demand_complete(attempt)
            yield session
        except LynxError as error:
            _hide(session, error)
            raise


def _mine(env: Env, found: Workspace, journal: Journal) -> bool:
    """Whether this user made the state. One that nobody claimed and in which nothing is under way becomes theirs."""
    home = trust.user_home(env.environ)
    if owner.owned(found.state_dir, home):
        return True
    if owner.named(found.state_dir) or journal.active() or journal.pending_swaps():
        return False
    with suppress(OSError):  # `lynx break` demands it; looking around needs none
        owner.claim(found.state_dir, home)
    return True


def _hide(session: Session, error: LynxError) -> None:
    """Take out of a refusal what a blind learner must not read."""
    with suppress(LynxError, OSError):
        attempt = session.journal.active()
        if attempt is None or not attempt.hidden:
            return
        from lynx.loop import blind

        blind.blinded(error, blind.Secret(attempt.target), blind.UNDER_WAY)
        blind.blinded(error, blind.Secret.of(session.break_of(attempt)), blind.UNDER_WAY)


def prefix_of(found: Workspace, env: Env) -> str:
    """What to put before a name in a workspace, for one who stands in `env.cwd`."""
    relative = os.path.relpath(found.top, env.cwd)
    if relative == ".":
        return ""
    return f"{found.top}/" if relative.startswith("..") else f"{relative}/"


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
