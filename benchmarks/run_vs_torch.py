"""Break 00's run, instruments and all, against a plain PyTorch script that trains the same two networks.

    python benchmarks/run_vs_torch.py [--rounds 3] [--torch-threads 1] [--against CHECKOUT]

Each figure is the median over rounds that alternate between the sides:

run / torch   whole processes, wall time: `run_jobs` with healthy and broken side by side and every
              instrument, against one script that trains both one after the other and records nothing
              but the loss (aim 0.30)
processor     the same in processor time, both jobs together: what stays when the machine is busy
instruments   processor time of one training with every instrument over the same without any (aim 1.05)
first curve   seconds from the start of a fresh interpreter to the first step of either job (aim 1)
products, formulas, update
              the shares of one bare training that its matrix products alone take, its GELUs and norms (there and
              back), and SGD's step, on arrays of the same shapes; the rest is the graph, and memory

Then a line each for the breaks' experiments, the laboratories' and the drill's: processor seconds of the whole
process with the healthy source, in CHECKOUT (before) and here (now), and here without instruments, which is the
limit of what Lynx can spare. Those of PyTorch are PyTorch's own time.

Why the engine is NumPy, measured on a core with AVX-512 (processor time, 64 × 256 float32, one block's GELU with
its slope): NumPy 27 µs; numexpr 2.14 318 µs; numba 0.68 176 µs after .5 s of import and compiling (neither has
a vectorised tanh without Intel's library); torch 2.13 29 + 34 µs, forward and back. The six products of a block: 155 µs
in NumPy, 155 in torch. So another engine has nothing to give where the time goes, and torch costs 1.2 s to import.

Torch gets one thread: on two cores a second one gains nothing for matrices this small, and on a busy machine
its threads spin while they wait for each other. Both sides train 50 blocks of width 64 for 200 steps of
batch 64 in float32.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import lynx
from lynx.runs.runner import Event, Job, Setting, run_jobs
from lynx.truth.measures import Ended

HERE = Path(lynx.__file__).parents[1]  # with --against, the file runs once more on the other's package
STARTER = HERE / "learners" / "starter"
BLOCKS = "src/minimodel/nn/blocks.py"

PLAIN_TORCH = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, gelu
from minimodel.corpus import tense_dataset

class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))
    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight

class Block(nn.Module):
    def __init__(self, d, skip):
        super().__init__()
        self.norm, self.fc1, self.fc2, self.skip = RMSNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d), skip
    def forward(self, x):
        h = self.fc2(gelu(self.fc1(self.norm(x)), approximate="tanh"))
        return x + h if self.skip else h

data = tense_dataset("spanish", seed=0)
x_train, y_train = torch.from_numpy(data.x_train), torch.from_numpy(data.y_train)
for skip in (True, False):
    torch.manual_seed(0)
    blocks = [Block(64, skip) for _ in range(50)]
    model = nn.Sequential(nn.Linear(x_train.shape[1], 64), *blocks, RMSNorm(64), nn.Linear(64, 5))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    optimiser = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    rng, losses = np.random.default_rng(0), []
    for step in range(200):
        if step % 3 == 0:
            order = rng.permutation(len(x_train))
        rows = order[64 * (step % 3):][:64]
        optimiser.zero_grad()
        loss = cross_entropy(model(x_train[rows]), y_train[rows])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    print(skip, losses[0], losses[-1])
"""

TIMED = """
import importlib, inspect, time
from lynx.runs.experiments import EXPERIMENTS

def run(probe, *, watched, name, args, seed):
    module, _, function = EXPERIMENTS[name].partition(":")
    experiment = getattr(importlib.import_module(module), function)
    if not watched:
        probe.watch = lambda *args, **kwargs: None
        probe.closure = lambda *args, **kwargs: None
    began = time.process_time()
    experiment(probe, seed=seed, **args)
    probe.record(cpu=time.process_time() - began)
"""

PARTS = """
import sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
from minitorch import kernels
from minimodel.nn import Parameter
from minimodel.optim import SGD
rng = np.random.default_rng(0)
d, h = 64, 256
draw = lambda *s: rng.standard_normal(s, dtype=np.float32)
blocks = [(draw(h, d), draw(d, h), draw(d, d), draw(d, h)) for _ in range(50)]
parameters = [Parameter(draw(*s)) for _ in range(50) for s in ((d,), (h, d), (h,), (d, h), (d,))]
optimiser = SGD(parameters, lr=0.0, momentum=0.9)
for p in parameters:
    p.grad = draw(*p.data.shape)
def products():
    for w1, w2, x, a in blocks:
        x @ w1.T, a @ w2.T, x @ w2, a @ w1, a.T @ x, x.T @ a
def formulas():
    for _, _, x, a in blocks:
        y, slope = kernels.gelu_with_slope(a)
        a * slope
        out, unit, inverse = kernels.rms_norm(x, parameters[0].data, 1e-6)
        kernels.rms_norm_back(x, parameters[0].data, unit, inverse)
for part in (products, formulas, optimiser.step):
    part()
    began = time.process_time()
    for _ in range(200):
        part()
    print(time.process_time() - began)
"""

# What has a line of its own: the experiment, its arguments, the target that it imports.
LINES: dict[str, tuple[str, dict[str, object], str]] = {
    "break 00": ("deep_mlp", {}, BLOCKS),
    "break 01": ("char_transformer", {}, "src/tinylm/transformer.py"),
    "break 02": ("residual_mlp", {"width": 128, "blocks": 8, "epochs": 6, "noise": 1.5}, "src/resmlp/model.py"),
    "break 03": ("scalar_stack", {}, "src/minimodel/stack.py"),
    "laboratory 00": ("variance_walk", {"init": "kaiming"}, "src/minimodel/nn/linear.py"),
    "laboratories 01, 02": ("relu_mlp", {"norm": "rms"}, "src/minimodel/nn/linear.py"),
    "laboratory 03": ("fifty_blocks", {"residual": True}, "src/minimodel/nn/linear.py"),
    "drill": (
        "drill_net",
        {"depth": 20, "activation": "gelu", "init": "kaiming", "norm": "rms", "residual": True, "step": 0.01},
        "src/minimodel/nn/linear.py",
    ),
}  # fmt: skip


class Cost(NamedTuple):
    """Seconds on the wall, and of processors (this process and the children it waited for)."""

    wall: float
    cpu: float


def now() -> Cost:
    """The clocks as they stand."""
    times = os.times()
    return Cost(times.elapsed, times.user + times.system + times.children_user + times.children_system)


def since(began: Cost) -> Cost:
    """What passed since then."""
    end = now()
    return Cost(end.wall - began.wall, end.cpu - began.cpu)


def main() -> None:
    """Measure and print both ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch-threads", type=int, default=1)
    parser.add_argument("--against", type=Path, help="another checkout, whose time is `before`")
    parser.add_argument("--line", choices=LINES, help="measure one line of this package, and stop")
    parser.add_argument("--bare", action="store_true", help="with --line: without instruments")
    parser.add_argument(
        "--curve", action="store_true", help="train six steps of break 00, and tell the first"
    )
    options = parser.parse_args()
    if options.line or options.curve:
        print(line(options.line, not options.bare) if options.line else curve(), flush=True)
        return
    rounds = options.rounds
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(STARTER, ("src",), BLOCKS, Path(sys.executable), Path(folder))
        healthy = (STARTER / BLOCKS).read_bytes()
        broken = healthy.replace(b"return x + h", b"return h")
        experiment = Path(folder) / "experiment.py"
        experiment.write_text(TIMED)
        ours, torch, overhead, first, parts = [], [], [], [], []
        for _ in range(rounds):
            ours.append(
                timed_run(
                    setting, [Job("healthy", 0, healthy, "deep_mlp"), Job("broken", 0, broken, "deep_mlp")]
                )
            )
            torch.append(timed_torch(options.torch_threads))
            with_them, without = instruments(setting, healthy, str(experiment))
            overhead.append(with_them / without)
            first.append(first_curve())
            alone = python("-c", PARTS, str(STARTER / "src")).split()
            parts.append([float(seconds) / without for seconds in alone])
    wall = [a.wall / b.wall for a, b in zip(ours, torch, strict=True)]
    cpu = [a.cpu / b.cpu for a, b in zip(ours, torch, strict=True)]
    print(f"Lynx, instruments and all   {statistics.median(one.wall for one in ours):6.2f} s")
    print(f"plain PyTorch               {statistics.median(one.wall for one in torch):6.2f} s")
    print(f"run / torch                 {statistics.median(wall):6.2f}    (aim 0.30; {spread(wall)})")
    print(f"processor                   {statistics.median(cpu):6.2f}    ({spread(cpu)})")
    print(f"instruments                 {statistics.median(overhead):6.2f}    (aim 1.05; {spread(overhead)})")
    print(f"first curve                 {statistics.median(first):6.2f} s  (aim 1.00; {spread(first)})")
    for name, shares in zip(("products", "formulas", "update"), zip(*parts, strict=True), strict=True):
        print(f"{name:27} {statistics.median(shares):6.2f}    ({spread(shares)})")
    print("\nprocessor seconds, whole process     before         now           now, no instruments")
    for name in LINES:
        sides = [(options.against, ()), (HERE, ()), (HERE, ("--bare",))]
        times: list[list[float]] = [[], [], []]
        for _ in range(rounds):
            for side, (checkout, more) in zip(times, sides, strict=True):
                if checkout is not None:
                    side.append(float(python(__file__, "--line", name, *more, package=checkout)))
        cells = [f"{statistics.median(one):.2f} ({spread(one)})" if one else "-" for one in times]
        print(f"{name:24}{cells[0]:>22}{cells[1]:>22}{cells[2]:>22}", flush=True)


def python(*arguments: str, package: Path = HERE) -> str:
    """What a fresh interpreter prints, one thread, with `package` as the Lynx that it imports."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(package)}
    return subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=env
    ).stdout


def line(name: str, watched: bool) -> float:
    """Processor seconds of one training of a line's experiment, the child's start included."""
    known, args, target = LINES[name]
    with tempfile.TemporaryDirectory() as folder:
        experiment = Path(folder) / "experiment.py"
        experiment.write_text(TIMED)
        setting = Setting(STARTER, ("src",), target, Path(sys.executable), Path(folder))
        whole = {"watched": watched, "name": known, "args": args}
        return timed_run(
            setting, [Job("healthy", 0, (STARTER / target).read_bytes(), str(experiment), whole)]
        ).cpu


def curve() -> str:
    """Six steps of break 00; told at the first."""
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(STARTER, ("src",), BLOCKS, Path(sys.executable), Path(folder))

        def heard(event: Event) -> None:
            if event.kind == "step" and event.step == 0:
                print("first", flush=True)

        run_jobs(
            setting, [Job("healthy", 0, (STARTER / BLOCKS).read_bytes(), "deep_mlp", {"steps": 6})], heard
        )
    return "done"


def first_curve() -> float:
    """Seconds until the first step is told, from the start of the interpreter."""
    began = now()
    with subprocess.Popen(
        [sys.executable, __file__, "--curve"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE)},
    ) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "first\n":
            raise RuntimeError("no first step")
        took = since(began).wall
        process.stdout.read()
    return took


def timed_run(setting: Setting, jobs: list[Job]) -> Cost:
    """What one `run_jobs` costs; RuntimeError when a job does not finish."""
    began = now()
    for run in run_jobs(setting, jobs):
        if run.ended is not Ended.FINISHED:
            raise RuntimeError(run.log_tail)
    return since(began)


def timed_torch(threads: int) -> Cost:
    """What the plain script costs, interpreter and import included as on our side."""
    began = now()
    subprocess.run(
        [sys.executable, "-c", PLAIN_TORCH, str(STARTER / "src")],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    return since(began)


def instruments(setting: Setting, healthy: bytes, experiment: str) -> tuple[float, float]:
    """Processor seconds with every instrument and without, the two at the same time on two cores."""
    known = {"name": "deep_mlp", "args": {}}
    jobs = [
        Job("healthy", 0, healthy, experiment, {**known, "watched": watched}) for watched in (True, False)
    ]
    with_them, without = (next(iter(run.series["cpu"].points.values()))[0] for run in run_jobs(setting, jobs))
    return with_them, without


def spread(values: Sequence[float]) -> str:
    """The range over the rounds."""
    return f"{min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    main()
