"""Putting a break in: `lynx break`, `lynx init`."""

from __future__ import annotations

import shlex
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.content import catalog, packs
from lynx.content.reading.known import read_break
from lynx.content.words import told_in
from lynx.errors import N_, LynxError, NotYet, Refused
from lynx.loop import blind as told
from lynx.loop import needs, notes, notes_file, trusting
from lynx.loop.home import list_breaks
from lynx.loop.results import Started
from lynx.loop.session import Env, Session, attach, card_of
from lynx.loop.shelf import shelf
from lynx.loop.stages import Stage
from lynx.repo import inject, patch, workspace
from lynx.store import owner, places, trust
from lynx.store.journal import Attempt, not_yours, sha256
from lynx.surroundings import cause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.content.spec import Break
    from lynx.repo.workspace import Workspace


@dataclass(frozen=True)
class Found:
    """The workspace a command means, and whether it was made from the starter just now."""

    workspace: Workspace
    made: bool


def find_or_make(env: Env, *, elsewhere: bool = False) -> Found:
    """The workspace around `env`, or a new one from the starter (docs/architecture.md#workspaces).

    Raises Refused where it would be new and another one has a break under way, unless `elsewhere` is meant.
    """
    found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
    if found is not None:
        return Found(found, made=False)
    if env.learner is None and not elsewhere:
        _refuse_elsewhere(env)
    learner = workspace.learner_name(env.learner, env.environ)
    folder = workspace.home_of(env.cwd, workspace.find_repository(env.cwd)) / "learners" / learner
    _demand_key(env)
    return Found(workspace.create(folder, learner), made=True)


def _refuse_elsewhere(env: Env) -> None:
    """No second workspace is made by a command typed in the wrong folder. Raises Refused, naming the right one."""
    if found := places.others(env.environ):
        raise Refused(
            N_("There is no workspace here. One of yours, with break {id} under way, is at {path}."),
            code="elsewhere",
            remedy=N_("Go on there: cd {path}; to begin another one here: lynx init"),
            id=found[0].break_id,
            path=found[0].top,
        )


def start(
    env: Env,
    break_id: str | None = None,
    *,
    blind: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Started:
    """Inject a break and write its form, or resume it where it was left.

    Raises Refused when another break is under way, when the repository or the target is unsafe, when the diff does
    not fit, or when the oracle cannot tell the bug from the original; nothing is changed then.
    """
    if break_id is not None and workspace.locate(env.cwd, env.repo, env.learner, env.environ) is None:
        catalog.pick(break_id, shelf(None, env))  # a mistyped id makes no workspace
    found = find_or_make(env)
    found.workspace.state_dir.mkdir(parents=True, exist_ok=True)
    with inject.lock(found.workspace), attach(env, found.workspace) as session:
        demand_mine(session)
        active = session.active()
        if break_id is None:
            break_id = active.break_id if active and active.stage != Stage.DONE else _offer(session)
        card = catalog.pick(break_id, shelf(session.workspace.top, env))
        if active and active.stage != Stage.DONE:
            if (active.break_id, active.pack) == (card.id, card.pack):
                started = _resume(session, active, found.made)
                _remember_place(session, active)
                return started
            raise Refused(
                N_("Break {active} is still under way."),
                code="break-under-way",
                remedy=N_("Go on with it (lynx), or give the file back first: lynx reset --yes"),
                active=active.break_id,
            )
        packs.require_trust(card.folder, card.name, home=trust.user_home(env.environ))
        break_ = read_break(card.folder, env.environ, pack=card.pack)
        tell("prove")  # the one part that takes longer than a blink
        try:
            return _begin(session, break_, blind, found.made)
        except LynxError as error:
            if blind:
                told.blinded(error, told.Secret.of(break_), told.BEFORE, id=break_.id)
            raise


def _demand_key(env: Env) -> None:
    """Raises Refused where nothing can be kept for this user: found before anything is made."""
    folder = trust.user_home(env.environ)
    try:
        owner.key(folder)
    except OSError as error:
        raise Refused(
            N_("{path}, where Lynx keeps what is yours, cannot be used: {cause}."),
            code="no-home",
            remedy=N_("Make it a folder that you can write to, or name one: export LYNX_HOME=…"),
            path=folder,
            cause=cause(error),
        ) from error


def demand_mine(session: Session) -> None:
    """Raises Refused for a state of somebody else's; one that is nobody's is this user's from now on."""
    if session.foreign:
        raise not_yours()
    _demand_key(session.env)
    home_folder = trust.user_home(session.env.environ)
    if not owner.owned(session.workspace.state_dir, home_folder):
        owner.claim(session.workspace.state_dir, home_folder)


def _offer(session: Session) -> str:
    """The break to go on with: the first in the catalog's order that is not done."""
    for line in list_breaks(session):
        if line.state != "done" and not line.broken:
            return line.id
    raise Refused(
        N_("Every break is done."),
        code="all-done",
        remedy=N_("Play one again: lynx reset --yes, then lynx break 00 --blind"),
    )


def _begin(session: Session, break_: Break, blind: bool, made: bool) -> Started:
    space, journal = session.workspace, session.journal
    inject.check_target(space, break_.target)
    notes_file.demand_writable(space, space.notes_name(break_.phase))
    needs.demand(session, break_)
    original = (space.top / break_.target).read_bytes()
    _refuse_known_broken(session, break_, original)
    try:
        patched = patch.apply(
            original, break_.diff, within=break_.within, base=_base(break_), target=break_.target
        )
    except patch.PatchRefused as error:
        _refuse_earlier_attempt(session, break_)
        raise _drifted(break_, error) from error
    from lynx.loop import proving  # what a child is made of; whoever goes on with a break needs none

    proving.prove(session, break_, original, patched.data)
    now = time.time()
    slug = "blind" if blind else break_.slug
    heading = f"## Break {break_.id} · {slug} · {time.strftime('%Y-%m-%d', time.localtime(now))}"
    number = journal.count(break_.id) + 1
    if number > 1:
        heading += f" · attempt {number}"
    attempt = journal.start(
        break_id=break_.id,
        stage=Stage.PREDICTING,
        blind=int(blind),
        target=break_.target,
        original=journal.put(original),
        broken=journal.put(patched.data),
        spec=journal.put(break_.kept),
        folder=str(break_.folder),
        pack=break_.pack,
        notes=space.notes_name(break_.phase),
        heading=heading,
        card=card_of(break_),
    )
    # Everything that may fail comes before the bug: what is refused has put nothing in.
    journal.record(attempt.id, "start", {"blind": blind, "rung": patched.rung})
    there = space.notes(break_.phase).exists()
    before, after = session.read_notes(attempt), ""
    try:
        after = _write_form(session, attempt, break_)
        inject.swap(space, journal, attempt.id, break_.target, original, patched.data)
    except BaseException:
        # Whatever stopped the swap put the original back; the attempt never began. A kill skips this: then
        # recovery finds the attempt with its original in place and forgets it; the form is used by the next.
        if session.target_sha(attempt) != attempt.broken:
            with suppress(OSError, LynxError):
                if after:
                    notes_file.withdraw(space, journal, attempt.notes, before if there else None, after)
            with suppress(OSError):
                inject.forget(space, journal, attempt)
        raise
    _remember_place(session, attempt)
    return _started(session, attempt, break_, made=made)


def _remember_place(session: Session, attempt: Attempt) -> None:
    space = session.workspace
    places.remember(session.env.environ, space.top, space.state_dir, attempt.break_id, attempt.started)


def _base(break_: Break) -> bytes | None:
    """The target as the break's author knew it: the starter's own version, for the three-way merge."""
    if break_.base != "starter":
        return None
    path = catalog.data_dir("starter") / break_.target
    return path.read_bytes() if path.is_file() else None


def _refuse_known_broken(session: Session, break_: Break, original: bytes) -> None:
    """A target that still holds this bug, or an earlier attempt's fix in other words, needs a reset first."""
    name = sha256(original)
    if (number := session.journal.number_of(break_.id, name)) is not None:
        raise Refused(
            N_("{target} already holds this bug, from attempt {number}."),
            code="already-broken",
            remedy=N_("Give the file back first: lynx reset --yes"),
            target=break_.target,
            number=number,
        )
    last = session.active()
    if last is None or last.break_id != break_.id or name == last.original:
        return
    if name in [e.payload.get("sha") for e in session.journal.events(last.id, "fixed")]:
        raise Refused(
            N_("{target} holds your own fix from attempt {number}, in other words than the original."),
            code="holds-fix",
            remedy=N_("lynx reset --yes gives the original back and keeps your fix aside; then try again."),
            target=break_.target,
            number=last.number,
        )


def _refuse_earlier_attempt(session: Session, break_: Break) -> None:
    """A diff that does not fit a target on which an earlier attempt was never given back: reset is the remedy."""
    last = session.active()
    if last is not None and (last.break_id, last.target) == (break_.id, break_.target):
        raise Refused(
            N_("{target} still holds what you made of it in attempt {number}."),
            code="holds-fix",
            remedy=N_("lynx reset --yes gives the original back and keeps your fix aside; then try again."),
            target=break_.target,
            number=last.number,
        )


def _drifted(break_: Break, error: patch.PatchRefused) -> Refused:
    """A target that is another one than the break knows, perhaps mended in the learner's own words.

    What the diff looked for is the answer, so that the patch's own message is for mentors alone.
    """
    if error.code == "patch-already":
        message = N_("{target} already reads as if this bug were in.")
    elif error.code in ("patch-missing", "patch-ambiguous"):
        message = N_("{target} reads otherwise where this break would change it, so it cannot go in.")
    else:
        return error
    starter = break_.base == "starter"
    return Refused(
        message,
        code=error.code,
        remedy=N_("Yours stays as it is. To play it in a fresh workspace: {command}")
        if starter
        else N_("Yours stays as it is. To set an edit of yours aside: {command}; then try again."),
        target=break_.target,
        command=f"lynx init ../break-{break_.id} && cd ../break-{break_.id} && lynx break {break_.id}"
        if starter
        else f"git stash push -- {shlex.quote(break_.target)}",
    )


def _write_form(session: Session, attempt: Attempt, break_: Break) -> str:
    lang = session.env.lang
    asks = {name: told_in(text, lang) for name, text in session.asks(attempt).items()}
    return session.change_notes(
        attempt, lambda text: notes.add_form(text, attempt.heading, break_.predictions, asks)
    )


def _resume(session: Session, attempt: Attempt, made: bool) -> Started:
    break_ = session.break_of(attempt)
    trusting.demand(break_, session.env.environ)
    if attempt.stage == Stage.PREDICTING:
        _write_form(session, attempt, break_)  # puts back what was deleted of it, nothing else
    return _started(session, attempt, break_, made=made, resumed=True)


def setup(session: Session) -> Started:
    """`lynx setup`: what trains, what changed and where the predictions are, once more, in any stage."""
    attempt = session.attempt("setup")
    return _started(session, attempt, session.break_of(attempt), resumed=True)


def _started(
    session: Session, attempt: Attempt, break_: Break, *, made: bool = False, resumed: bool = False
) -> Started:
    return Started(
        break_id=break_.id,
        title=break_.blind_title if attempt.blind else break_.title,
        blind=attempt.blind,
        setup=None if attempt.blind else break_.setup,
        symptom=break_.symptom,
        phase=break_.phase,
        stage=Stage(attempt.stage),
        number=attempt.number,
        target=None if attempt.blind else break_.target,
        notes=attempt.notes,
        workspace=session.workspace.top,
        predictions=break_.predictions,
        asks=session.asks(attempt),
        seconds=break_.seconds,
        here=_here(session, break_),
        resumed=resumed,
        made=made,
        recovered=session.recovered,
        prefix=session.prefix,
    )


def _here(session: Session, break_: Break) -> tuple[float, float] | None:
    """From how long to how long a run takes on this machine, by the runs there have been; None before the first."""
    paces = [float(pace) for pace in session.journal.facts("pace:").values()]
    return (min(paces) * break_.seconds, max(paces) * break_.seconds) if paces else None


def initialise(env: Env, folder: Path | None, *, here: bool) -> Found:
    """`lynx init`: a workspace from the starter in an empty folder, or the repository one stands in adopted."""
    learner = workspace.learner_name(env.learner, env.environ)
    _demand_key(env)
    if here:
        adopted = workspace.adopt(env.repo or env.cwd, learner)
        with attach(env, adopted) as session:
            if not session.foreign:
                demand_mine(session)
        return Found(adopted, made=False)
    made = workspace.create(env.cwd / (folder or Path("learners") / learner), learner)
    with attach(env, made) as session:
        demand_mine(session)
    return Found(made, made=True)


def answer(session: Session, answers: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Write prompted answers into the form: (prediction id, {prediction, confidence, because})."""
    attempt = session.attempt("predict")
    for prediction, values in answers:
        session.change_notes(attempt, partial(_filled, attempt.heading, prediction, values))


def _filled(heading: str, prediction: str, values: dict[str, str], text: str) -> str:
    try:
        return notes.fill(text, heading, prediction, values)
    except KeyError:
        raise NotYet(
            N_("The notes have no place for the answer to {id} any more."),
            code="form-missing",
            remedy=N_("lynx break writes the form again; what you wrote stays."),
            id=prediction,
        ) from None
