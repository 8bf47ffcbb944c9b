"""The learner's own program as the experiment: recorded without a changed line, each rule against a program."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lynx.runs.runner import Job, Script, Setting, run_jobs
from lynx.truth.measures import Ended, Invalid, Run

HEAD = """
import sys, torch
from torch import nn
from pkg.target import VALUE
torch.manual_seed(0)
data, wanted = torch.randn(64, 4), torch.randn(64, 1)
"""
MODEL = HEAD + "model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))\n"
LOSS = "((model(data) - wanted) ** 2).mean() * VALUE"


@dataclass
class Program:
    """A program and what is to be found in its run."""

    text: str
    check: Callable[[Run], None]
    script: dict[str, Any] = field(default_factory=dict)
    args: dict[str, Any] = field(default_factory=dict)


def points(run: Run, name: str) -> list[float]:
    assert name in run.series, (sorted(run.series), run.log_tail)
    return [values[0] for values in run.series[name].points.values()]


def finished(run: Run, steps: int = 5) -> None:
    assert run.ended is Ended.FINISHED, (run.ended, run.log_tail)
    assert run.invalid is None, run.log_tail
    assert (run.reached, run.of) == (steps, steps)


def plain(run: Run) -> None:
    finished(run)
    losses = points(run, "loss")
    assert len(losses) == 5
    assert losses[-1] < losses[0]
    assert points(run, "lr") == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1])
    assert run.series["param_grad_norm"].layers == ("0.weight", "0.bias", "2.weight", "2.bias")
    assert run.series["grad_norm"].layers == ("0", "2")
    for name in ("activation_var", "abs_cosine", "stable_rank", "update_ratio", "weight_change"):
        assert all(value == value for value in run.series[name].points[0]), name
    assert points(run, "first_nan_step") == [float("inf")]
    assert points(run, "val") == [10.0, 11.0, 12.0, 13.0, 14.0]
    assert "went on" not in run.log_tail


def accumulated(run: Run) -> None:
    """Four scalars a step, each a quarter: their sum is the mean, as one batch's loss would be."""
    finished(run)
    assert points(run, "loss")[0] == pytest.approx(points(run, "whole")[0], rel=1e-5)


def closures(run: Run) -> None:
    """LBFGS asks many times a step; the first answer is the step's loss, and it is no end."""
    finished(run, 3)
    assert len(points(run, "loss")) == 3
    assert points(run, "loss")[0] == pytest.approx(points(run, "before")[0], rel=1e-5)
    assert run.series["param_grad_norm"].points[0][0] > 0


def scaled(run: Run) -> None:
    """Loss and gradients as if nothing had been scaled; the step that overflows is one of the five."""
    finished(run)
    assert points(run, "loss")[0] == pytest.approx(points(run, "unscaled")[0], rel=1e-5)
    norms = [sum(values) for values in run.series["param_grad_norm"].points.values()]
    assert norms[0] < 100
    assert sum(norm == float("inf") or norm != norm for norm in norms) == 1


def no_optimiser(run: Run) -> None:
    """`backward()` is the clock, and parameters go by the names that the program gives them."""
    finished(run)
    assert points(run, "loss")[-1] < points(run, "loss")[0]
    assert run.series["param_grad_norm"].layers == ("w", "parameters.1")
    assert points(run, "params_without_grad") == [1.0] * 5


def two(run: Run) -> None:
    """The first to step is the clock; the other has series of its own."""
    finished(run)
    assert len(points(run, "loss")) == 5
    first, *rest = points(run, "loss_sgd_2")
    assert first == pytest.approx(2 * points(run, "mean_square")[0], rel=1e-5)
    assert rest == sorted(rest, reverse=True)
    assert list(run.series["loss_sgd_2"].points) == [0, 1, 2, 3]  # it ends when the clock has its five
    assert points(run, "lr_sgd_2")[0] == pytest.approx(0.02)
    assert points(run, "grad_norm_sgd_2")[0] > 0


def two_named(run: Run) -> None:
    finished(run)
    assert points(run, "lr") == pytest.approx([0.02] * 5)


def early(code: str) -> Callable[[Run], None]:
    def check(run: Run) -> None:
        assert run.ended is Ended.EXITED, run.log_tail
        assert (run.reached, run.of) == (2, 5)
        assert len(points(run, "loss")) == 2

    return check


def no_torch(run: Run) -> None:
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.invalid is Invalid.NOTHING_RECORDED


def printed(run: Run) -> None:
    finished(run)
    assert run.series["loss"].points == {0: (1.0,), 1: (0.5,), 2: (0.25,), 3: (0.125,), 4: (0.0625,)} or (
        list(run.series["loss"].points)[:5] == [0, 1, 2, 3, 4]
    )


def numbered(run: Run) -> None:
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.series["loss"].points == {0: (3.0,), 10: (2.0,), 20: (1.0,)}


def options(run: Run) -> None:
    finished(run)
    assert points(run, "lr") == pytest.approx([0.25] * 5)
    assert points(run, "width")[0] == 8.0


def crashed(run: Run) -> None:
    assert run.ended is Ended.CRASHED
    assert (run.reached, run.of) == (2, 5)
    assert 'train_crashes.py", line' in run.log_tail
    assert "inner(None)" in run.log_tail
    for ours in ("hooks.py", "script.py", "worker.py", "runpy"):
        assert ours not in run.log_tail
    assert Path(run.log).read_text().rstrip().endswith("TypeError: 'NoneType' object is not callable")


def swallowed(run: Run) -> None:
    """What goes wrong in a hook ends the run there, also where the program would swallow it."""
    assert run.ended is Ended.CRASHED, run.ended
    assert "no figure to be had" in run.log_tail


LOOP = f"""
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for i in range(1000):
    loss = {LOSS}
    opt.zero_grad(); loss.backward(); opt.step()
    print(f"step {{i}} val {{10 + i}}")
print("went on")
"""
def looks_ahead(run: Run) -> None:
    finished(run)
    assert set(points(run, "future_dependence")) == {2.0}


PROGRAMS = {
    "texts": Program(
        """
        import torch
        from torch import nn
        from pkg.target import VALUE
        torch.manual_seed(0)
        codes = torch.randint(5, (4, 9))
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.table, self.sees = nn.Embedding(5, 5), torch.tril(torch.ones(8, 8), diagonal=2)
            def forward(self, codes, targets=None):
                logits = self.sees @ self.table(codes) * VALUE
                return logits, nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        model = Model()
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        for step in range(5):
            logits, loss = model(codes[:, :-1], codes[:, 1:])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        """,
        looks_ahead,
    ),
    "plain": Program(
        MODEL + LOOP, plain, {"prints": {"val": r"(?<!\d)(?:step (?P<step>\d+)) val ([0-9.]+)"}}
    ),
    "bare_except": Program(
        MODEL
        + f"""
opt = torch.optim.SGD(model.parameters(), lr=0.1)
while True:
    try:
        opt.zero_grad(); ({LOSS}).backward(); opt.step()
    except:
        print("swallowed"); continue
""",
        finished,
    ),
    "accumulates": Program(
        MODEL
        + f"""
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for i in range(100):
    with torch.no_grad(): print("whole", float({LOSS}))
    for part in range(4):
        rows = slice(16 * part, 16 * part + 16)
        (((model(data[rows]) - wanted[rows]) ** 2).mean() * VALUE / 4).backward()
    opt.step(); opt.zero_grad(set_to_none=True)
""",
        accumulated,
        {"prints": {"whole": r"whole ([0-9.e+-]+)"}},
    ),
    "lbfgs": Program(
        MODEL
        + f"""
opt = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=6)
def closure():
    opt.zero_grad(); loss = {LOSS}; loss.backward(); return loss
for i in range(100):
    with torch.no_grad(): print("before", float({LOSS}))
    opt.step(closure)
""",
        closures,
        {"steps": 3, "prints": {"before": r"before ([0-9.e+-]+)"}},
    ),
    "scaler": Program(
        MODEL
        + f"""
opt = torch.optim.SGD(model.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for i in range(100):
    loss = {LOSS}
    if i == 2: loss = loss * float("inf")
    else: print("unscaled", float(loss))
    opt.zero_grad(); scaler.scale(loss).backward(); scaler.step(opt); scaler.update()
""",
        scaled,
        {"prints": {"unscaled": r"unscaled ([0-9.e+-]+)"}},
    ),
    "no_optimiser": Program(
        HEAD
        + """
w = torch.zeros(4, 1, requires_grad=True)
parameters = [w, torch.zeros(1, requires_grad=True)]
for i in range(100):
    loss = ((data @ w - wanted) ** 2).mean() * VALUE
    for p in parameters: p.grad = None
    loss.backward()
    w.data -= 0.1 * w.grad
""",
        no_optimiser,
    ),
    "autograd_grad": Program(
        HEAD
        + """
w = torch.zeros(4, 1, requires_grad=True)
for i in range(100):
    loss = ((data @ w - wanted) ** 2).mean() * VALUE
    g, = torch.autograd.grad(loss, [w])
    with torch.no_grad(): w -= 0.1 * g
""",
        lambda run: (
            (finished(run), points(run, "loss")[4] < points(run, "loss")[0] or pytest.fail("loss"))[0]
            or (points(run, "param_grad_norm")[0] > 0 or pytest.fail("gradient"))
        ),
    ),
    "two_optimisers": Program(
        MODEL
        + f"""
other = nn.Linear(4, 1); other.load_state_dict(dict(weight=torch.zeros(1, 4), bias=torch.zeros(1)))
a, b = torch.optim.SGD(model.parameters(), lr=0.01), torch.optim.SGD(other.parameters(), lr=0.02)
for i in range(100):
    a.zero_grad(); ({LOSS}).backward(); a.step()
    if i == 0: print("mean", float((wanted ** 2).mean()))
    b.zero_grad(); (((other(data) - wanted) ** 2).mean() * 2).backward(); b.step()
""",
        two,
        {"prints": {"mean_square": r"mean ([0-9.e+-]+)"}},
    ),
    "two_optimisers_second": Program("", two_named, {"clock": "sgd_2"}),
    "workers": Program(
        HEAD
        + """
from torch.utils.data import DataLoader, Dataset
class Rows(Dataset):
    def __len__(self): return 64
    def __getitem__(self, i):
        (torch.zeros(1, requires_grad=True) * 1).sum().backward()  # in a worker: no step of this program's
        return data[i], wanted[i]
model = nn.Linear(4, 1)
opt = torch.optim.Adam(model.parameters())
while True:
    for x, y in DataLoader(Rows(), batch_size=16, num_workers=2):
        opt.zero_grad(); (((model(x) - y) ** 2).mean() * VALUE).backward(); opt.step()
""",
        finished,
    ),
    "exits": Program(MODEL + LOOP.replace("print(f", "i == 1 and sys.exit(0)\n    print(f"), early("0")),
    "ends": Program(MODEL + LOOP.replace("range(1000)", "range(2)"), early("")),
    "argparse": Program(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float)\n"
        "p.add_argument('--width', type=int, default=3)\na = p.parse_args()\n"
        "assert __name__ == '__main__' and __file__.endswith('train_argparse.py')\nprint('width', a.width)\n"
        + MODEL
        + LOOP.replace("lr=0.1", "lr=a.lr"),
        options,
        {"argv": ("--lr", "0.25"), "prints": {"width": r"width (\d+)"}},
        {"width": 8},
    ),
    "no_torch": Program("import numpy\nfrom pkg.target import VALUE\nprint(numpy.ones(2).sum())", no_torch),
    "prints": Program(
        "from pkg.target import VALUE\nx = 1.0\nwhile True:\n    print(f'loss {x * VALUE}'); x /= 2",
        printed,
        {"prints": {"loss": r"loss ([0-9.e-]+)"}},
    ),
    "prints_steps": Program(
        "from pkg.target import VALUE\nfor i in (0, 10, 20): print(f'step {i} loss {3 - i // 10}')",
        numbered,
        {"prints": {"loss": r"step (?P<step>\d+) loss ([0-9.e-]+)"}, "steps": 21},
    ),
    "compiles": Program(
        MODEL.replace("torch.manual_seed", "assert not torch.cuda.is_available()\ntorch.manual_seed")
        + "model = torch.compile(model)\n"
        + LOOP,
        lambda run: (finished(run), None)[1],
    ),
    "crashes": Program(
        MODEL + "def inner(f): f()\n" + LOOP.replace("    loss =", "    if i == 2: inner(None)\n    loss ="),
        crashed,
    ),
    "odd_loss": Program(
        MODEL
        + f"""
class Odd(torch.Tensor):
    def detach(self): raise ValueError("no figure to be had")
while True:
    try: ({LOSS}).as_subclass(Odd).backward()
    except: pass
""",
        swallowed,
    ),
    "writes": Program(
        MODEL
        + LOOP.replace(
            "    print(f",
            "    torch.save(model.state_dict(), 'ckpt.pt'); open('src/pkg/target.py', 'a').write('# mine')\n"
            "    print(f",
        ),
        finished,
    ),
}
PROGRAMS["two_optimisers_second"].text = PROGRAMS["two_optimisers"].text


def repository(top: Path) -> Setting:
    import sys

    (top / "src" / "pkg").mkdir(parents=True)
    (top / "src/pkg/__init__.py").write_text("")
    (top / "src/pkg/target.py").write_text("VALUE = 1.0\n")
    for name, program in PROGRAMS.items():
        (top / f"train_{name}.py").write_text(dedent(program.text))
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=top, check=True)
    return Setting(top, ("src",), "src/pkg/target.py", Path(sys.executable), top.parent / "state")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Every program, once, by one supervisor that imports torch once."""
    setting = repository(tmp_path_factory.mktemp("programs") / "repo")
    jobs = []
    for name, program in PROGRAMS.items():
        script = Script(f"train_{name}.py", **{"steps": 5, **program.script})
        jobs.append(Job(name, 0, b"VALUE = 1.0 \n", "", program.args, script, must_read=True))
    before = tree(setting.top)
    found = {run.variant: run for run in run_jobs(setting, jobs)}
    assert tree(setting.top) == before  # no program changed anything, whatever it wrote
    return found


def tree(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_recorded_as_it_is(name: str, runs: dict[str, Run]) -> None:
    PROGRAMS[name].check(runs[name])


VIEWS = ["namespace", "copy"]
TWIN = """
import pathlib, subprocess, sys, time
from pkg.target import VALUE
mine = pathlib.Path("mine.txt")
assert not mine.exists(), "the other twin's file"
mine.write_text(str(VALUE))
(pathlib.Path("src") / "pkg" / "extra.py").write_text("")
time.sleep(0.3)
seen = subprocess.run([sys.executable, "-c", "from pkg.target import VALUE; print(VALUE)"],
    env={"PYTHONPATH": "src"}, capture_output=True, text=True).stdout
raw = subprocess.run(["cat", "src/pkg/target.py"], capture_output=True, text=True).stdout
assert raw == open("src/pkg/target.py").read()
for i in range(3): print("own", mine.read_text(), "subprocess", seen)
"""


@pytest.fixture
def twins(tmp_path: Path) -> Setting:
    setting = repository(tmp_path / "repo, with: odd names")
    (setting.top / "twin.py").write_text(TWIN)
    return setting


@pytest.mark.parametrize("view", VIEWS)
def test_a_private_view_serves_every_process_and_keeps_what_is_written(view: Any, twins: Setting) -> None:
    setting = replace(twins, view=view)
    before = tree(setting.top)
    script = Script("twin.py", steps=2, prints={"own": "own ([0-9.]+)", "other": "subprocess ([0-9.]+)"})
    jobs = [Job(f"v{i}", 0, f"VALUE = {i}.5\n".encode(), "", {}, script, True) for i in range(3)]
    for i, run in enumerate(run_jobs(setting, jobs)):
        assert run.ended is Ended.FINISHED, run.log_tail
        assert run.invalid is None
        assert (points(run, "own")[0], points(run, "other")[0]) == (i + 0.5, i + 0.5)
    assert tree(setting.top) == before


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("print('x 1'); print('x 2')", Invalid.NEVER_READ),
        ("import subprocess; subprocess.run(['cat', 'src/pkg/target.py']); print('x 1'); print('x 2')", None),
        ("import io; io.FileIO('src/pkg/target.py').read(); print('x 1'); print('x 2')", None),
    ],
    ids=["never", "by a subprocess", "past python's open"],
)
@pytest.mark.sampled(2)
def test_what_a_view_delivers_is_seen_whoever_opens_it(
    view: Any, body: str, wanted: Invalid | None, twins: Setting
) -> None:
    (twins.top / "twin.py").write_text(body)
    script = Script("twin.py", steps=2, prints={"x": "x ([0-9.]+)"})
    (run,) = run_jobs(replace(twins, view=view), [Job("healthy", 0, b"VALUE = 2\n", "", {}, script, True)])
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.invalid is wanted


def test_a_copy_takes_what_git_lists_and_what_is_needed(twins: Setting) -> None:
    from lynx.runs import views

    top = twins.top
    (top / ".gitignore").write_text("*.bin\n")
    (top / "data.bin").write_bytes(b"1")
    (top / "untracked.py").write_text("")
    plain = set(views.order(twins, Script("twin.py"), "copy")["files"])
    assert {"twin.py", "untracked.py", "src/pkg/__init__.py", ".gitignore"} <= plain
    assert "data.bin" not in plain
    assert "data.bin" in views.order(twins, Script("twin.py", needs=("data.bin",)), "copy")["files"]
    named = views.order(twins, Script("twin.py", files=("src", "*.bin")), "copy")["files"]
    assert named == ["src", "data.bin", "twin.py"]
    assert views.order(twins, Script("twin.py"), "namespace")["files"] == []


def test_too_many_files_are_refused_with_the_key_that_helps(
    twins: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lynx.errors import Refused
    from lynx.runs import views

    monkeypatch.setattr(views, "LARGEST", 10)
    script = Script("twin.py", steps=1)
    with pytest.raises(Refused, match=r"experiment\.files"):
        run_jobs(replace(twins, view="copy"), [Job("healthy", 0, None, "", {}, script)])


def test_a_program_that_is_not_there_is_named(twins: Setting) -> None:
    from lynx.errors import Refused

    with pytest.raises(Refused, match=r"nowhere\.py"):
        run_jobs(twins, [Job("healthy", 0, None, "", {}, Script("nowhere.py"))])
