"""What was kept comes back whole, or not at all."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lynx.store.cache import ENTRIES, Cache
from lynx.truth.measures import Ended, Invalid, Run, Series


def run(value: float = 1.0, size: int = 1) -> Run:
    layers = tuple(f"layer{i}" for i in range(size)) if size > 1 else ()
    return Run("healthy", 3, Ended.FINISHED, {"loss": Series(layers, {0: (value,) * size})}, 1.5, "tail")


def always(manifest: object) -> bool:
    return True


def test_round_trip_keeps_nan_and_infinities(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    series = {
        "loss": Series((), {0: (0.1,), 7: (math.inf,)}),
        "norm": Series(("a", "b"), {0: (-math.inf, 1e-300)}),
    }
    facts = {"reached": 7, "of": 8, "processor": 0.5, "delivered": True, "opened": ("file",), "log": "/x.log"}
    cache.keep("key", {"file": "hash"}, Run("broken", 0, Ended.FINISHED, series, **facts))  # type: ignore[arg-type]
    found = cache.find("key", {"file": "hash"}.__eq__)
    assert found == Run("broken", 0, Ended.FINISHED, series, cached=True, **facts)  # type: ignore[arg-type]
    cache.keep("nan", {}, run(math.nan))
    again = cache.find("nan", always)
    assert again is not None
    assert math.isnan(again.series["loss"].points[0][0])


def test_an_unknown_key_and_a_changed_manifest_find_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "not made yet")
    assert cache.find("key", always) is None
    cache.keep("key", {"file": "old"}, run())
    assert cache.find("key", lambda manifest: manifest == {"file": "new"}) is None
    assert cache.find("other", always) is None


def test_versions_of_what_was_read_live_side_by_side_up_to_a_number(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for i in range(ENTRIES + 2):
        cache.keep("key", {"file": str(i)}, run(float(i)))
        os.utime(newest(tmp_path), (i, i))
    kept = [i for i in range(ENTRIES + 2) if cache.find("key", lambda m, i=i: m == {"file": str(i)})]
    assert kept == list(range(2, ENTRIES + 2))


def newest(folder: Path) -> Path:
    return max(folder.glob("*.run"), key=lambda path: path.stat().st_mtime_ns)


def test_a_run_that_shows_nothing_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never-read"):
        Cache(tmp_path).keep("key", {}, replace(run(), invalid=Invalid.NEVER_READ))


def test_a_run_that_did_not_finish_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="crashed"):
        Cache(tmp_path).keep("key", {}, Run("healthy", 0, Ended.CRASHED))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_entry_is_never_trusted(tmp_path: Path, data: st.DataObject) -> None:
    cache = Cache(tmp_path)
    cache.keep("key", {}, run())
    (path,) = tmp_path.glob("*.run")
    whole = path.read_bytes()
    if data.draw(st.booleans()):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    path.write_bytes(damaged)
    assert cache.find("key", always) is None
    assert not path.exists()


def test_it_is_bounded_and_the_least_recently_used_go_first(tmp_path: Path) -> None:
    one = run(size=2000)
    probe = Cache(tmp_path / "probe")
    probe.keep("key", {}, one)
    size = newest(tmp_path / "probe").stat().st_size
    cache = Cache(tmp_path / "cache", limit=3 * size + 10)
    for i, key in enumerate("abc"):
        cache.keep(key, {}, one)
        os.utime(next((tmp_path / "cache").glob(f"{key}-*.run")), (i, i))
    assert cache.find("a", always) is not None  # used now: the oldest is b
    cache.keep("d", {}, one)
    assert [key for key in "abcd" if cache.find(key, always)] == ["a", "c", "d"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = Cache(tmp_path / "cache")
    cache.keep("key", {}, run())
    assert cache.find("key", always) is None
