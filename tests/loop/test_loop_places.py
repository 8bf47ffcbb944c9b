"""Coming back: the setup again, and a command typed in the wrong folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop import begin, home
from lynx.loop.session import open_session
from lynx.store import places
from tests.loop.learner import TARGET, Learner


def elsewhere(learner: Learner, folder: Path) -> Learner:
    folder.mkdir()
    return Learner(replace(learner.env, cwd=folder))


def test_the_setup_is_there_in_every_stage(stages: dict[str, Learner], lynx) -> None:  # type: ignore[no-untyped-def]
    for name in ("predicting", "fixing", "explaining", "done"):
        said = lynx("setup", "--repo", str(stages[name].top), cwd=stages[name].top)
        assert said.code == 0
        assert "the layers no longer add the number that came in" in " ".join(said.out.split())
        assert TARGET in said.out
    again = lynx("break", "03", cwd=stages["fixing"].top)
    assert "the layers no longer add" in " ".join(again.out.split())


def test_no_second_workspace_is_made_by_mistake(new: Learner, tmp_path: Path) -> None:
    new.begin()
    lost = elsewhere(new, tmp_path / "wrong place")
    with pytest.raises(Refused) as caught:
        begin.start(lost.env, "03")
    assert caught.value.code == "elsewhere"
    assert (caught.value.fields["id"], caught.value.fields["path"]) == ("03", new.top)
    assert not list(lost.top.iterdir())
    with pytest.raises(Refused) as caught, open_session(lost.env):
        pass
    assert caught.value.code == "elsewhere"
    assert home.where(lost.env).elsewhere[0].top == new.top


def test_one_on_purpose_is_made(new: Learner, tmp_path: Path) -> None:
    new.begin()
    other = elsewhere(new, tmp_path / "other")
    begin.initialise(other.env, None, here=False)
    assert begin.start(other.env, "03").workspace != new.top
    assert not home.where(other.env).elsewhere


@pytest.mark.parametrize("how", ["reset", "reveal", "removed"])
def test_what_is_over_is_not_told_of(predicting: Learner, tmp_path: Path, how: str) -> None:
    predicting.begin()  # comes back, and is remembered where it is now
    lost = elsewhere(predicting, tmp_path / "lost")
    assert [p.top for p in home.where(lost.env).elsewhere if p.top == predicting.top]
    if how == "removed":
        predicting.top.rename(tmp_path / "gone")
    else:
        getattr(predicting, how)()
    assert not [p.top for p in home.where(lost.env).elsewhere if p.top == predicting.top]


def test_a_state_folder_that_cannot_be_used_stops_nothing(new: Learner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    env = replace(new.env, environ={**new.env.environ, "XDG_STATE_HOME": str(tmp_path / "file")})
    begin.start(env, "03")
    assert places.others(env.environ) == ()
    folder = places.folder(new.env.environ)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.json").write_text("[1, 2]")
    assert all(p.top.is_dir() for p in places.others(new.env.environ))
