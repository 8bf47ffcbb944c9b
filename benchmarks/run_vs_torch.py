"""Break 00's run, instruments and all, against a plain PyTorch script that trains the same two networks.

    python benchmarks/run_vs_torch.py [--rounds 3] [--torch-threads 1]

Two ratios are printed, each the median over rounds that alternate between the sides:

run / torch   whole processes, wall time: `run_jobs` with healthy and broken side by side and every
              instrument, against one script that trains both one after the other and records nothing
              but the loss (aim 0.5)
instruments   processor time of one training with every instrument over the same without any (aim 1.15)

processor     the first ratio in processor time, both jobs together: what stays when the machine is busy

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
from pathlib import Path
from typing import NamedTuple

from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Ended

STARTER = Path(__file__).parents[1] / "learners" / "starter"
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
import time
from lynx.runs.experiments.deep_mlp import deep_mlp

def run(probe, *, watched, seed):
    if not watched:
        probe.watch = lambda *args, **kwargs: None
        probe.closure = lambda *args, **kwargs: None
    began = time.process_time()
    deep_mlp(probe, seed=seed)
    probe.record(cpu=time.process_time() - began)
"""


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
    options = parser.parse_args()
    rounds = options.rounds
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(STARTER, ("src",), BLOCKS, Path(sys.executable), Path(folder))
        healthy = (STARTER / BLOCKS).read_bytes()
        broken = healthy.replace(b"return x + h", b"return h")
        experiment = Path(folder) / "experiment.py"
        experiment.write_text(TIMED)
        ours, torch, overhead = [], [], []
        for _ in range(rounds):
            ours.append(
                timed_run(
                    setting, [Job("healthy", 0, healthy, "deep_mlp"), Job("broken", 0, broken, "deep_mlp")]
                )
            )
            torch.append(timed_torch(options.torch_threads))
            overhead.append(instruments(setting, healthy, str(experiment)))
    wall = [a.wall / b.wall for a, b in zip(ours, torch, strict=True)]
    cpu = [a.cpu / b.cpu for a, b in zip(ours, torch, strict=True)]
    print(f"Lynx, instruments and all   {statistics.median(one.wall for one in ours):6.2f} s")
    print(f"plain PyTorch               {statistics.median(one.wall for one in torch):6.2f} s")
    print(f"run / torch                 {statistics.median(wall):6.2f}    (aim 0.50; {spread(wall)})")
    print(f"processor                   {statistics.median(cpu):6.2f}    ({spread(cpu)})")
    print(f"instruments                 {statistics.median(overhead):6.2f}    (aim 1.15; {spread(overhead)})")


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


def instruments(setting: Setting, healthy: bytes, experiment: str) -> float:
    """Processor seconds with every instrument over those without, the two at the same time on two cores."""
    jobs = [Job("healthy", 0, healthy, experiment, {"watched": watched}) for watched in (True, False)]
    with_them, without = (next(iter(run.series["cpu"].points.values()))[0] for run in run_jobs(setting, jobs))
    return with_them / without


def spread(values: list[float]) -> str:
    """The range over the rounds."""
    return f"{min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    main()
