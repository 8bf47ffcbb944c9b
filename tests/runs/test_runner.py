"""Jobs in, runs out: order, events, twins, and the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.runs.runner import Event, Setting, run_jobs
from lynx.store.cache import Cache
from lynx.truth.measures import Ended
from tests.conftest import HANGS

from .conftest import job

Write = Callable[..., str]

WAIT = """
import os, time
from pathlib import Path
def wait(what, number):
    while not os.path.exists(f"{place}/{what}{number}"):
        time.sleep(0.01)
"""


def test_no_jobs_no_child(setting: Setting) -> None:
    assert run_jobs(replace(setting, interpreter=Path("/nowhere")), []) == ()


def test_events_tell_the_steps_as_they_come(setting: Setting, experiment: Write) -> None:
    path = experiment(
        """
        for step in probe.steps(3):
            probe.record(loss=seed + step)
        probe.record(done=1)
        """,
        "probe, seed",
    )
    seen: list[Event] = []
    run_jobs(setting, [job(path, seed=10, name="broken")], seen.append)
    assert [(e.kind, e.step, e.steps) for e in seen] == [
        ("started", None, None),
        ("step", 0, 3),
        ("step", 1, 3),
        ("step", 2, 3),
        ("step", 3, 3),
        ("finished", None, None),
    ]
    assert [e.values.get("loss") for e in seen[1:4]] == [(10.0,), (11.0,), (12.0,)]
    assert {(e.job, e.variant, e.seed) for e in seen} == {(0, "broken", 10)}


def test_the_first_step_is_seen_while_the_job_still_runs(setting: Setting, experiment: Write) -> None:
    """The job waits, after its first step, for an answer that only somebody can give who has heard of it."""
    path = experiment(
        WAIT + "for step in probe.steps(2):\n    probe.record(t=step)\n    if step: wait('heard', 0)",
        "probe, place",
    )

    def listen(event: Event) -> None:
        if event.kind == "step":
            (setting.top / f"heard{event.step}").touch()

    (run,) = run_jobs(replace(setting, wall=HANGS), [job(path, place=str(setting.top))], listen)
    assert run.ended is Ended.FINISHED


def test_twins_run_side_by_side_and_results_keep_the_jobs_order(setting: Setting, experiment: Write) -> None:
    """Each waits for the other to have begun, and the first for the second to have been heard to end."""
    path = experiment(
        WAIT + "(Path(place) / f'begun{seed}').touch(); wait('begun', 1 - seed); seed or wait('ended', 1)",
        "probe, place, seed",
    )
    ended = []

    def listen(event: Event) -> None:
        if event.kind == "finished":
            ended.append(event.seed)
            (setting.top / f"ended{event.seed}").touch()

    jobs = [job(path, seed=seed, place=str(setting.top)) for seed in (0, 1)]
    first, second = run_jobs(replace(setting, wall=HANGS), jobs, listen)
    assert ended == [1, 0]
    assert (first.seed, second.seed) == (0, 1)
    assert (first.ended, second.ended) == (Ended.FINISHED, Ended.FINISHED)


def test_one_at_a_time_when_asked(setting: Setting, experiment: Write) -> None:
    path = experiment("import time; a = time.time(); time.sleep(0.1); probe.record(a=a, b=time.time())")
    first, second = run_jobs(replace(setting, parallel=1), [job(path), job(path)])
    assert second.series["a"].points[0] > first.series["b"].points[0]


def test_an_argument_the_experiment_does_not_take_is_named(setting: Setting, experiment: Write) -> None:
    with pytest.raises(Refused) as caught:
        run_jobs(setting, [job(experiment("pass", "probe, *, steps=1, lr=1, seed=0"), step=3)])
    assert caught.value.code == "unknown-argument"
    assert "“step”" in str(caught.value)
    assert "Did you mean steps?" in str(caught.value)
    assert "steps, lr" in str(caught.value)  # what the runner itself passes is not among them


def test_random_numbers_start_alike_in_twins(setting: Setting, experiment: Write) -> None:
    path = experiment(
        "import random, numpy; probe.record(a=random.random(), b=numpy.random.rand(), c=hash('x'))"
    )
    one, two, other = run_jobs(setting, [job(path), job(path, name="broken"), job(path, seed=1)])
    assert one.series == two.series
    assert one.series["a"] != other.series["a"]


class TestCache:
    """What may change without a new run, and what may not."""

    BODY = """
    import pkg.target
    probe.record(value=pkg.target.VALUE, data=float(open("data.txt").read()), n=n)
    """

    @pytest.fixture
    def path(self, setting: Setting, experiment: Write) -> str:
        (setting.top / "data.txt").write_text("1")
        return experiment(self.BODY, "probe, n=0")

    @pytest.fixture
    def cache(self, tmp_path: Path) -> Cache:
        return Cache(tmp_path / "cache")

    def test_the_same_again_is_not_run_again(self, setting: Setting, path: str, cache: Cache) -> None:
        seen: list[str] = []
        (first,) = run_jobs(setting, [job(path)], cache=cache)
        (again,) = run_jobs(setting, [job(path)], lambda e: seen.append(e.kind), cache)
        assert seen == ["cached"]
        assert again == replace(first, cached=True)

    def test_the_same_bytes_under_another_name(self, setting: Setting, path: str, cache: Cache) -> None:
        run_jobs(setting, [job(path, b"VALUE = 3\n")], cache=cache)
        (yours,) = run_jobs(setting, [job(path, b"VALUE = 3\n", name="yours")], cache=cache)
        assert (yours.cached, yours.variant) == (True, "yours")

    @pytest.mark.parametrize(
        "change",
        [
            lambda top: (top / "data.txt").write_text("2"),
            lambda top: (top / "data.txt").unlink(),
            lambda top: (top / "src/pkg/__init__.py").write_text("# edited"),
            lambda top: (top / "src/pkg/target.py").write_text("VALUE = 9.0\n"),
            lambda top: (top / "src/numpy.py").write_text("# shadows what was found elsewhere"),
        ],
        ids=["data", "data gone", "a module", "the target", "a new module"],
    )
    def test_a_change_in_what_it_read_runs_it_again(
        self, change: Callable[[Path], object], setting: Setting, path: str, cache: Cache
    ) -> None:
        run_jobs(setting, [job(path)], cache=cache)
        change(setting.top)
        (again,) = run_jobs(setting, [job(path)], cache=cache)
        assert not again.cached

    def test_the_target_on_disk_does_not_matter_to_the_journalled_variants(
        self, setting: Setting, path: str, cache: Cache
    ) -> None:
        run_jobs(setting, [job(path, b"VALUE = 3\n")], cache=cache)
        (setting.top / "src/pkg/target.py").write_text("VALUE = 9.0\n")
        (again,) = run_jobs(setting, [job(path, b"VALUE = 3\n")], cache=cache)
        assert again.cached

    @pytest.mark.parametrize("other", [{"seed": 1}, {"n": 1}, {"source": b"VALUE = 4.0\n"}])
    def test_another_job_is_another_run(
        self, other: dict[str, object], setting: Setting, experiment: Write, cache: Cache
    ) -> None:
        path = experiment("import pkg.target; probe.record(v=pkg.target.VALUE)", "probe, n=0, seed=0")
        run_jobs(setting, [job(path)], cache=cache)
        (run,) = run_jobs(setting, [job(path, **other)], cache=cache)  # type: ignore[arg-type]
        assert not run.cached

    def test_an_edited_experiment_is_another_run(
        self, setting: Setting, experiment: Write, cache: Cache
    ) -> None:
        run_jobs(setting, [job(experiment("probe.record(v=1)"))], cache=cache)
        (run,) = run_jobs(setting, [job(experiment("probe.record(v=2)"))], cache=cache)
        assert run.series["v"].points == {0: (2.0,)}

    def test_only_finished_runs_are_kept(self, setting: Setting, experiment: Write, cache: Cache) -> None:
        path = experiment("raise ValueError('not this time')")
        run_jobs(setting, [job(path)], cache=cache)
        (again,) = run_jobs(setting, [job(path)], cache=cache)
        assert not again.cached

    def test_a_file_named_by_an_argument_counts_wherever_it_lies(
        self, setting: Setting, experiment: Write, cache: Cache, tmp_path: Path
    ) -> None:
        path = experiment("probe.record(n=len(open(args['text']).read()))")
        outside = tmp_path / "elsewhere.txt"
        for text, wanted in (("abc", 3.0), ("abcde", 5.0)):
            outside.write_text(text)
            (run,) = run_jobs(setting, [job(path, text=str(outside))], cache=cache)
            assert (run.cached, run.series["n"].points[0]) == (False, (wanted,))
        (again,) = run_jobs(setting, [job(path, text=str(outside))], cache=cache)
        assert again.cached

    def test_what_the_job_wrote_itself_does_not_count(
        self, setting: Setting, experiment: Write, cache: Cache
    ) -> None:
        path = experiment(
            """
            import time
            open("notes.txt", "w").write(str(time.time()))
            probe.record(n=len(open("notes.txt").read()) > 0)
            """
        )
        run_jobs(setting, [job(path)], cache=cache)
        (again,) = run_jobs(setting, [job(path)], cache=cache)
        assert again.cached


def test_torch_modules_under_the_overlay_with_instruments(setting: Setting, experiment: Write) -> None:
    source = b"from torch import nn\ndef net(): return nn.Sequential(*(nn.Linear(4, 4) for _ in range(3)))\n"
    path = experiment(
        """
        import torch
        from pkg.target import net
        model = net()
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        probe.watch(model)
        for step in probe.steps(3):
            optimiser.zero_grad()
            x = torch.randn(8, 4)
            loss = (model(x) ** 2).mean()
            loss.backward()
            probe.closure(lambda x: (model(x) ** 2).mean(), x)
            probe.record(loss=loss.item())
            optimiser.step()
        probe.record(tiny=float(torch.tensor(1e-40) * 1.0 == 0), threads=torch.get_num_threads())
        """
    )
    one, two = run_jobs(setting, [job(path, source), job(path, source, name="broken")])
    assert one.ended is Ended.FINISHED, one.log_tail
    assert one.series == two.series
    assert one.series["grad_norm"].layers == ("0", "1", "2")
    assert one.series["step_linearity"].points[0][0] == pytest.approx(1.0, abs=0.3)
    assert one.series["tiny"].points[3] == (1.0,)  # denormals are flushed
    assert one.series["threads"].points[3] == (1.0,)
