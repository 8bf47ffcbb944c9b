"""Giving the target back, whatever became of the journal; and a state that came along with a folder."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused
from lynx.loop.given import Adopted, Change, Reset
from lynx.loop.session import Env, Session, open_session
from lynx.loop.stages import NEXT, Stage
from lynx.repo import inject, workspace
from lynx.repo.disk import DISK
from lynx.repo.swap import TEMPORARY
from lynx.repo.target import check_name, plain_file
from lynx.store import damage as damages
from lynx.store import owner, places, tables, trust
from lynx.store.damage import Damaged, Mended
from lynx.store.journal import not_yours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.store.journal import Attempt


def damage(env: Env) -> Damaged | None:
    """What is wrong with the journal, everything that giving back needs looked at; None when it is sound."""
    try:
        with open_session(env) as session:
            if (attempt := session.active()) is not None:
                for sha in (attempt.original, attempt.broken):
                    session.journal.needed(sha)
    except Damaged as found:
        return found
    return None


def mend(env: Env) -> Mended:
    """Put a sound journal in the place of a damaged one, with every record that can be read; that one is kept."""
    found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
    assert found is not None  # `damage` found it
    workspace.demand_own_state(found)
    with inject.lock(found):
        return damages.mend(found.state_dir / tables.FILE, tables.TABLES + tables.INDEXES, tables.SCHEMA)


# -- giving back -------------------------------------------------------------------------------------


def reset(
    session: Session, *, recreate: bool = True, mended: Mended | None = None, afresh: bool = False
) -> Reset:
    """Give the target back byte for byte; what the learner wrote there is kept aside and named.

    `afresh`: and let every break be new again. Nothing of the record is lost: the report tells of it.
    """
    if afresh and session.foreign:
        raise not_yours()
    if afresh:
        last = session.journal.before()
        done = Reset(None, None, "afresh", None, (), mended, afresh=True)
        if session.active() is not None:
            done = reset(session, recreate=recreate, mended=mended).but(afresh=True)
        session.journal.record(None, "afresh", {"after": last.id if last else 0})
        return done
    attempt = session.active()
    if attempt is None:
        if mended is not None:
            return Reset(None, None, "mended", None, (), mended)
        raise Refused(
            N_("No break is under way here; there is nothing to give back."),
            code="no-break",
            remedy=N_("Start one: lynx break"),
        )
    diff = change(session).diff if session.foreign else ""
    with inject.lock(session.workspace), _acting(session, attempt):
        try:
            restored = inject.restore(
                session.workspace, session.journal, attempt, recreate=recreate, recovering=not diff
            )
        except Damaged:
            raise _lost(attempt) from None
        session.journal.update(attempt.id, active=0)
        inject.ended(session.workspace, attempt)
        places.forget(session.env.environ, session.workspace.top)
        kept = str(restored.kept_aside) if restored.kept_aside else None
        session.journal.record(attempt.id, "reset", {"outcome": restored.outcome, "kept": kept})
        if mended is not None:
            _clear_beside(session, attempt)
    leftovers: list[inject.Leftover] = []
    with contextlib.suppress(LynxError, OSError):  # the file is back: what git says of it cannot undo that
        if session.foreign:  # what somebody else's journal remembers of git is not believed
            leftovers = inject.leftovers(session.workspace, attempt)
        else:
            leftovers = inject.leftovers_if_changed(session.workspace, session.journal, attempt)
    if attempt.hidden:  # git names the file to those who ask it
        leftovers = [(where, "git status") for where, _command in leftovers]
    return Reset(
        break_id=attempt.break_id,
        target=None if attempt.hidden else attempt.target,
        outcome=restored.outcome,
        kept=kept,
        leftovers=tuple(leftovers),
        mended=mended,
        diff=diff,
    )


def _lost(attempt: Attempt) -> Refused:
    return Refused(
        N_("The original of {target} is lost: neither the journal nor the file beside it can be read."),
        code="original-lost",
        remedy=N_("Git may have it: git log -p -- {target}. What is there now was not touched."),
        target=attempt.target,
    )


def _clear_beside(session: Session, attempt: Attempt) -> None:
    """Files that an exchange left of which the damaged journal no longer told: ours by name and by bytes."""
    known = {session.journal.needed(attempt.original), session.journal.needed(attempt.broken)}
    for path in session.target(attempt).parent.glob(".lynx-*.tmp"):
        with contextlib.suppress(OSError):
            if re.fullmatch(TEMPORARY, path.name) and DISK.read(path) in known:
                path.unlink()


@contextlib.contextmanager
def _acting(session: Session, attempt: Attempt) -> Iterator[None]:
    """Let a state of somebody else's be written to, while the one thing that was shown and allowed is done."""
    foreign = session.foreign
    if foreign:
        _demand_as_injected(session, attempt)
    session.journal.foreign = False
    try:
        yield
    finally:
        session.journal.foreign = foreign


def _demand_as_injected(session: Session, attempt: Attempt) -> None:
    plain_file(session.workspace, attempt.target)
    if session.target_sha(attempt) != attempt.broken:
        raise Refused(
            N_("{target} does not hold what this folder's journal says was put in."),
            code="foreign-target",
            remedy=N_("Nothing was changed. If all this is yours: lynx adopt, then lynx reset"),
            target=attempt.target,
        )


def change(session: Session) -> Change:
    """What giving back would change in the file, of a state of somebody else's. Raises Refused as `reset` would."""
    from lynx.repo import unidiff

    attempt = session.active()
    assert attempt is not None
    _demand_as_injected(session, attempt)
    there, original = session.target_bytes(attempt), session.journal.needed(attempt.original)
    old, new = (
        [
            unidiff.DiffLine(" ", unidiff.shown(line, 1000))
            for line in data.decode("utf-8", "replace").split("\n")
        ]
        for data in (there, original)
    )
    return Change(attempt.target, unidiff.write(old, new, attempt.target))


# -- taking over -------------------------------------------------------------------------------------


def adopt(env: Env) -> Adopted:
    """Make the state under this git directory this user's, every path in it checked first.

    What it names is run only where it is a break that this user has here, or has allowed.
    """
    with open_session(env) as session:
        space, journal = session.workspace, session.journal
        was = session.foreign
        attempt = session.active()
        if was:
            with inject.lock(space):
                _demand_inside(session)
                journal.foreign = False
                runnable = attempt is None or proved(session, attempt)
                owner.claim(space.state_dir, trust.user_home(env.environ))
            inject.recover(space, journal)
            attempt = session.active()
        else:
            runnable = (
                attempt is None or not journal.fact(f"unproved:{attempt.id}") or proved(session, attempt)
            )
        return Adopted(
            was_foreign=was,
            break_id=attempt.break_id if attempt else None,
            target=attempt.target if attempt and not attempt.hidden else None,
            notes=attempt.notes if attempt else None,
            runnable=runnable,
            next=("lynx reset --yes" if not runnable else NEXT[Stage(attempt.stage)])
            if attempt
            else "lynx break",
        )


def _demand_inside(session: Session) -> None:
    """Raises Refused when a path in the journal that could be acted on leads out of the repository."""
    journal = session.journal
    names = [name for swap in journal.pending_swaps() for name in (swap.target, swap.temporary)]
    if (attempt := journal.active()) is not None:
        names += [attempt.target, attempt.notes]
        session.target(attempt)
        session.notes_path(attempt)
    for name in names:
        check_name(name)


def proved(session: Session, attempt: Attempt) -> bool:
    """Whether the break under way is, byte for byte, one that is here and may run; else nothing of it is run."""
    from lynx.content import packs
    from lynx.content.reading import kept
    from lynx.content.reading.breaks import load_break
    from lynx.loop.shelf import shelf
    from lynx.repo import patch

    spec = kept.unpacked(session.journal.needed(attempt.spec)).spec
    for card in shelf(session.workspace.top, session.env):
        path = card.folder / "break.yaml"
        if card.id != attempt.break_id or not path.is_file() or path.read_bytes() != spec:
            continue
        with contextlib.suppress(Refused):
            packs.require_trust(card.folder, card.name, home=trust.user_home(session.env.environ))
            break_ = load_break(card.folder, pack=card.pack)
            original, broken = (session.journal.needed(sha) for sha in (attempt.original, attempt.broken))
            made = patch.apply(original, break_.diff, within=break_.within, target=break_.target)
            if made.data == broken and break_.target == attempt.target:
                session.journal.update(attempt.id, folder=str(card.folder), pack=card.pack)
                session.journal.set_fact(f"unproved:{attempt.id}", "")
                return True
    session.journal.set_fact(f"unproved:{attempt.id}", "1")
    return False
