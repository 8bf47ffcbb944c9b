"""What is asked of git, in as few processes as it takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lynx.repo import git

WHO = ("-c", "user.name=ana", "-c", "user.email=ana@localhost")


def told(top: Path, *words: str) -> str:
    return subprocess.run(["git", *WHO, *words], cwd=top, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    told(folder, "init", "-q")
    (folder / "a..b.py").write_text("x = 1\n")
    told(folder, "add", "-A")
    told(folder, "commit", "-qm", "start")
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    found: list[object] = []
    real = git._git
    monkeypatch.setattr(git, "_git", lambda *words, **more: (found.append(words), real(*words, **more))[1])
    return found


def test_several_names_are_resolved_as_each_alone(top: Path, asked: list[object]) -> None:
    for names in (
        ("HEAD", "HEAD:no.py", "refs/stash"),
        ("refs/stash", "HEAD"),
        ("HEAD", "HEAD:a..b.py"),
        ("HEAD^@", "HEAD"),
        (),
    ):
        assert git.resolve_each(top, *names) == [git.resolve(top, one) for one in names]
    asked.clear()
    assert git.resolve_each(top, "HEAD", "HEAD", "refs/stash")[0] == told(top, "rev-parse", "HEAD")
    assert len(asked) == 1


def test_a_repository_without_a_commit_resolves_nothing(tmp_path: Path) -> None:
    told(tmp_path, "init", "-q")
    assert git.resolve_each(tmp_path, "HEAD", "HEAD:x", "refs/stash") == [None] * 3


def test_where_a_repository_lies(top: Path, tmp_path: Path, asked: list[object]) -> None:
    assert git.layout(top) == (top, top / ".git")
    plain = tmp_path / "plain"
    told(tmp_path, "clone", "-q", str(top), str(plain))
    asked.clear()
    assert git.layout(plain) == (plain, plain / ".git")
    assert len(asked) == 1
    bare = tmp_path / "bare"
    told(tmp_path, "clone", "-q", "--bare", str(top), str(bare))
    assert git.layout(bare) == (None, bare)
    assert git.layout(plain / ".git")[0] is None
