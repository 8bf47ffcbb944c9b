"""`lynx reset`, and what is asked before something is given up: nothing here imports what trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.view.language import _

if TYPE_CHECKING:
    from lynx.cli.world import World


def confirmed(world: World, yes: bool, question: str, flag: str) -> bool:
    """Yes by flag, else by asking; without a terminal the flag is named (exit 2)."""
    if yes:
        return True
    if not world.terminal.interactive:
        raise flag_missing(flag)
    return world.terminal.confirm(_(question))


def flag_missing(flag: str) -> Refused:
    """Without a terminal nothing is asked: the flag that would have answered."""
    return Refused(
        N_("This asks a question, and there is no terminal to ask it on."),
        code="flag-missing",
        remedy=N_("Answer it on the command line: {flag}"),
        flag=flag,
    )


def reset(world: World, yes: bool, *, afresh: bool = False) -> Any:
    """Give the target back; a damaged journal is mended first, a change of somebody else's state shown first."""
    from lynx.loop import rescue
    from lynx.loop.session import open_session

    flag = "lynx reset --all --yes" if afresh else "lynx reset --yes"
    damage = rescue.damage(world.env)
    mended = None
    if damage is not None:
        world.terminal.show_error(damage) if world.terminal.interactive else None
        if not confirmed(world, yes, N_("Mend the journal, and put the original back?"), flag):
            return None
        mended = rescue.mend(world.env)
    with open_session(world.env) as session:
        attempt = session.active()
        if attempt is not None and mended is None:
            if session.foreign and world.terminal.interactive:
                world.show(rescue.change(session))
            if not confirmed(world, yes, N_("Put the original back? What is there now is kept aside."), flag):
                return None
        if afresh and not confirmed(world, yes, N_("Begin every break anew? Your notes stay."), flag):
            return None
        return rescue.reset(session, mended=mended, afresh=afresh)
