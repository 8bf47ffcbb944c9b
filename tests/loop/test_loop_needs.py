"""What a break needs and is not here is said before anything is asked, and nothing goes in."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.errors import Refused
from lynx.store import trust
from tests.loop.learner import ORIGINAL, Learner


def needing(learner: Learner, folder: Path, needs: str) -> Learner:
    """A learner of break 03 as somebody else's, with needs."""
    shutil.copytree(data_dir("breaks") / "10" / "03-gradient-test", folder / "93")
    spec = folder / "93" / "break.yaml"
    text = spec.read_text(encoding="utf-8").replace('id: "03"', 'id: "93"')
    spec.write_text(text.replace("pythonpath:", f"needs: {needs}\npythonpath:", 1), encoding="utf-8")
    env = replace(learner.env, packs=(folder,))
    trust.trust(folder / "93", trust.user_home(env.environ))
    return Learner(env)


@pytest.mark.parametrize(
    ("needs", "code", "helps"),
    [
        ("{files: [data/input.txt]}", "needs-files", "data/input.txt"),
        (
            "{packages: [no_such_package_at_all, json]}",
            "needs-packages",
            "-m pip install no_such_package_at_all.",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_helps(
    new: Learner, tmp_path: Path, needs: str, code: str, helps: str
) -> None:
    learner = needing(new, tmp_path / "pack", needs)
    with pytest.raises(Refused) as caught:
        learner.begin("93")
    assert caught.value.code == code
    assert helps in str(caught.value)
    assert learner.target.read_bytes() == ORIGINAL
    assert not learner.notes.exists()


def test_what_is_there_is_enough(new: Learner, tmp_path: Path) -> None:
    learner = needing(new, tmp_path / "pack", "{files: [README.md], packages: [json]}")
    assert learner.begin("93").break_id == "93"
