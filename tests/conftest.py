"""What every test of the whole program needs: the command line in a process of its own, in a clean world."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from lynx.runs import warm
from lynx.store import owner
from tests import program
from tests.program import FOR_COMMANDS, HANGS, Said

__all__ = ["HANGS", "Lynx", "Said", "clean_environ", "spent"]

# No example has a deadline, and none is too slow: both would judge how busy the machine is.
# The default run draws the same examples everywhere: what it says of a change is about the change. New ones
# are drawn with `-m exhaustive`; what they find is written down as an @example.
settings.register_profile(
    "lynx", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("lynx-new", settings.get_profile("lynx"), derandomize=False)
settings.load_profile("lynx")

# A shell starts what runs in the background deaf to ^C, and whoever it starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-docs`: write the examples of docs/json.md anew, instead of comparing them."""
    parser.addoption("--write-docs", action="store_true", help="write the examples of docs/json.md anew")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "exhaustive":
        settings.load_profile("lynx-new")


@pytest.hookimpl(tryfirst=True)  # before `-m` decides
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a family marked `sampled(n)`, all cases but every n-th are exhaustive."""
    seen: Counter[str] = Counter()
    for item in items:
        if (mark := item.get_closest_marker("sampled")) is not None:
            family = item.nodeid.partition("[")[0]
            if seen[family] % mark.args[0]:
                item.add_marker(pytest.mark.exhaustive)
            seen[family] += 1


def overlong(text: str, width: int) -> list[str]:
    """The lines of a screen that are too long; a command or a path with a line of its own is never broken."""
    alone = re.compile(r"\s*[(“«]?((lynx|git|cd|rm|export) .*|'[^']*'\S*|\S*/\S*)")
    return [line for line in text.splitlines() if len(line) > width and not alone.fullmatch(line)]


KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE")


def spent(pid: int) -> float:
    """Seconds of processor time of a process that runs; of one that does not, OSError.

    The clock's number is the one that clock_getcpuclockid(3) gives on Linux; elsewhere time passes.
    """
    if sys.platform != "linux":
        return time.monotonic()
    return time.clock_gettime((~pid << 3) | 2)


def clean_environ(home: Path, **more: str) -> dict[str, str]:
    """An environment without this machine's git identity, locale or terminal."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    key = home / "data" / "lynx" / owner.KEY
    if (
        not key.exists()
    ):  # one user, whatever home a test gives them: a workspace made in one is theirs in the other
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_bytes(b"k" * 64)
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


Lynx = Callable[..., Said]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Two workers with two threads each on two cores: torch's small products then mostly wait for one another."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _interpreters_up() -> Iterator[None]:
    """Children that train are forks of an interpreter that is up, as in a mentor's check."""
    with warm.kept(FOR_COMMANDS):
        yield
    program.close()


@pytest.fixture
def cold() -> Iterator[None]:
    """For tests of how a child starts: each by itself, as a learner's single command has it."""
    with warm.put_out():
        yield


@pytest.fixture
def lynx(tmp_path: Path) -> Lynx:
    """Call the command line: `lynx("break", "00", cwd=…)`."""
    home = tmp_path / "home"
    home.mkdir()

    def call(*words: str, cwd: Path = tmp_path, **more: str) -> Said:
        said = program.run(*words, cwd=cwd, env=clean_environ(home, **more))
        assert "Traceback" not in said.err, said.err
        return said

    return call
