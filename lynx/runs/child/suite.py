"""The repository's own tests, in a private view: which pass, which fail and how, which reach which line.

`pytest` runs in this process with a plugin of ours. Each test begins with the same random numbers, whatever ran
before it, so that what it says depends on the code alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
import zlib
from typing import TYPE_CHECKING, Any

from lynx.runs.child.reach import Statements

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

FAILED_AT_LEAST = 40  # failures that are told
LONGEST = 300  # characters of what one says
STARTS = frozenset(
    ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn", "os.fork", "os.forkpty")
)


def run_tests(order: dict[str, Any], top: str, seed: Callable[[int], None]) -> dict[str, Any]:
    """Run the tests that `order` names (all: none named), and say how each ended.

    `files` and `tests` choose; `stop` ends at the first failure; with `wanted`, it is told which statements ran.
    """
    try:
        import pytest
    except ImportError:
        return {"why": "exited", "no_pytest": True}
    statements = Statements(top, order["wanted"]) if order.get("wanted") is not None else None
    # What tests write and read again is nothing that their result depends on; and nobody else's is cleared away.
    tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(dir=order["room"])
    plugin = Plugin(order, top, statements, seed)
    arguments = ["--rootdir", top, *_switched_off(), *(["--maxfail=1"] if order.get("stop") else [])]
    # its plugin imports all of it, a second each time, whether a test asks for it or not
    arguments += [] if order.get("hypothesis") else ["-p", "no:hypothesispytest"]
    arguments += order.get("test_files") or order.get("where") or []
    if order.get("view"):  # nowhere else: what is written there is thrown away
        for path, text in (order.get("put") or {}).items():
            with open(os.path.join(top, path), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
                file.write(text)
    sys.argv = ["pytest", *arguments]
    sys.path.insert(0, top)
    if statements is not None:
        _listen(plugin)
        statements.start()
    code = pytest.main(arguments, plugins=[plugin])
    return plugin.told(int(code))


def _switched_off() -> list[str]:
    """Options against what other plugins would do: run in other processes, trace, draw an order."""
    from importlib.metadata import entry_points

    try:
        found = entry_points(group="pytest11")
    except TypeError:  # Python 3.9
        found = entry_points().get("pytest11", [])  # type: ignore
    names = {point.name for point in found}
    off = {"xdist": ["-n", "0"], "pytest_cov": ["--no-cov"], "randomly": ["-p", "no:randomly"]}
    return [word for name, words in off.items() if name in names for word in words]


def _calm_hypothesis() -> None:
    """No test fails for the time it takes, or draws other examples the next time."""
    from hypothesis import HealthCheck, settings

    checks = [check for check in HealthCheck if check.name in ("too_slow", "data_too_large")]
    settings.register_profile("lynx", deadline=None, derandomize=True, suppress_health_check=checks)
    settings.load_profile("lynx")


def _listen(plugin: Plugin) -> None:
    """Note which test starts a process: what that runs, no line tells."""

    def hear(event: str, _args: tuple[Any, ...]) -> None:
        if event in STARTS:
            plugin.starts.add(plugin.current)

    sys.addaudithook(hear)


class Plugin:
    """What pytest tells. `current` is the test at work, "" before the first."""

    def __init__(
        self, order: dict[str, Any], top: str, statements: Statements | None, seed: Callable[[int], None]
    ) -> None:
        import pytest

        self._order, self._top, self._statements, self._seed = order, os.path.realpath(top), statements, seed
        self.current = ""
        self.starts: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.files: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.failed: list[dict[str, Any]] = []
        self.skipped = 0
        self._reached: dict[str, set[Any]] = {}
        self._fixtures: dict[int, set[Any]] = {}
        self._test_files: set[str] = set()
        # Marked by hand: pytest is imported only when there is something to test.
        for name, options in HOOKS.items():
            function = getattr(type(self), name)
            if not hasattr(function, "pytest_impl"):
                setattr(type(self), name, pytest.hookimpl(**options)(function))

    def pytest_configure(self) -> None:
        """Not earlier: what is imported before pytest's own start is warned of."""
        if self._order.get("hypothesis"):
            with contextlib.suppress(ImportError):
                _calm_hypothesis()

    # --- which ----------------------------------------------------------------------------------

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep what is asked for, in the order in which it is asked for; note what there is."""
        wanted: list[str] = self._order.get("tests") or []
        if wanted:
            by_name: dict[str, list[Any]] = {}
            for item in items:
                for name in dict.fromkeys((item.nodeid, _plain(item.nodeid))):
                    by_name.setdefault(name, []).append(item)
            chosen = {
                id(one): one
                for name in wanted
                for one in by_name.get(name) or by_name.get(_plain(name)) or ()
            }
            items[:] = chosen.values()
        for item in items:
            path = str(getattr(item, "path", None) or item.fspath)
            self._test_files.add(os.path.realpath(path))
            self.files[item.nodeid] = os.path.relpath(path, self._top).replace(os.sep, "/")
            self.groups[item.nodeid] = _group(item)

    # --- while they run -------------------------------------------------------------------------

    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        """Around one test: its own recording, its own random numbers."""
        self.current = item.nodeid
        self._draw_again(item.nodeid)
        began = time.process_time()
        if self._statements is None:
            yield
        else:
            reached = self._reached.setdefault(item.nodeid, set())
            with self._statements.recording(reached):
                yield
            for one in _fixtures(item):
                reached |= self._fixtures.get(id(one), set())
        self.seconds[item.nodeid] = time.process_time() - began
        self.current = ""

    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """A fixture that several tests share: its lines are theirs."""
        if fixturedef.scope == "function":
            yield
            return
        self._draw_again(f"{fixturedef.baseid}::{fixturedef.argname}")
        if self._statements is None:
            yield
        else:
            with self._statements.recording(self._fixtures.setdefault(id(fixturedef), set())):
                yield

    def _draw_again(self, name: str) -> None:
        self._seed((zlib.crc32(name.encode()) + int(self._order["seed"])) % 2**31)

    # --- how they end ---------------------------------------------------------------------------

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """What a failure says and where it came from."""
        outcome = yield
        report = outcome.get_result()
        if report.skipped and call.when != "teardown":
            self.skipped += 1
        if report.failed and len(self.failed) < FAILED_AT_LEAST:
            self.failed.append({"test": item.nodeid, **self._why(call.excinfo, str(item.path))})

    def pytest_collectreport(self, report: Any) -> None:
        """A file of tests that cannot be imported."""
        if report.failed and len(self.failed) < FAILED_AT_LEAST:
            text = str(report.longrepr).strip()
            says = text.splitlines()[-1] if text else ""
            self.failed.append(
                {
                    "test": report.nodeid,
                    "crash": True,
                    "where": report.nodeid,
                    "says": says[:LONGEST],
                    "collect": True,
                }
            )

    def _why(self, excinfo: Any, path: str) -> dict[str, Any]:
        """The innermost frame of the repository's; whether the test noticed, or the code fell over by itself."""
        if excinfo is None:
            return {"crash": False, "where": path, "says": ""}
        where, own_line, noticed = "", "", True
        trace = excinfo.tb
        while trace is not None:
            name = os.path.realpath(trace.tb_frame.f_code.co_filename)
            if name.startswith(self._top + os.sep) and "site-packages" not in name:
                noticed = self._is_test(name)
                where = f"{os.path.relpath(name, self._top)}:{trace.tb_lineno}".replace(os.sep, "/")
                own_line = where if noticed else own_line
            trace = trace.tb_next
        text = f"{excinfo.typename}: {excinfo.value}".strip().splitlines()
        return {"crash": not noticed, "where": own_line or where, "says": (text[0] if text else "")[:LONGEST]}

    def _is_test(self, path: str) -> bool:
        base = os.path.basename(path)  # noqa: PTH119
        return path in self._test_files or base == "conftest.py" or base.startswith("test_")

    def told(self, code: int) -> dict[str, Any]:
        """The whole report."""
        found: dict[str, Any] = {
            "why": "finished",
            "code": code,
            "seconds_of": self.seconds,
            "files_of": self.files,
            "groups_of": self.groups,
            "failures": self.failed,
            "skips": self.skipped,
        }
        if self._statements is not None:
            found["ran"] = {name: self._statements.told(lines) for name, lines in self._reached.items()}
            inside = (
                set().union(*self._reached.values(), *self._fixtures.values()) if self._reached else set()
            )
            found["imported"] = self._statements.told(self._outside(inside))
            found["starts"] = sorted(self.starts)
        return found

    def _outside(self, inside: set[Any]) -> set[Any]:
        """What ran in no test: at import, mostly. `seen` holds what tests ran, too."""
        assert self._statements is not None
        return self._at_import | (self._statements.seen - inside)

    _at_import: set[Any] = frozenset()  # type: ignore[assignment]

    def pytest_collection_finish(self) -> None:
        """Whatever has run until here is everybody's."""
        if self._statements is not None:
            self._at_import = set(self._statements.seen)


HOOKS: dict[str, Any] = {
    "pytest_collection_modifyitems": {"trylast": True},
    "pytest_runtest_protocol": {"hookwrapper": True},
    "pytest_fixture_setup": {"hookwrapper": True},
    "pytest_runtest_makereport": {"hookwrapper": True},
}


def _plain(name: str) -> str:
    """A test's name without its parameters, which may hold an address."""
    return name.partition("[")[0]


def _fixtures(item: Any) -> list[Any]:
    info = getattr(item, "_fixtureinfo", None)
    return [one for defs in getattr(info, "name2fixturedefs", {}).values() for one in defs]


def _group(item: Any) -> str:
    """What a test is best run together with: others that share a fixture of their file with it; "" for none."""
    shared = sorted(one.baseid for one in _fixtures(item) if one.scope in ("module", "class", "package"))
    return shared[-1] if shared else ""
