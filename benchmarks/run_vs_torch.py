"""Break 00's run, instruments and all, against a plain PyTorch script that trains the same two networks.

    python benchmarks/run_vs_torch.py [--rounds 3]

Two ratios are printed, each the median over rounds that alternate between the sides:

run / torch   whole processes, wall time: `run_jobs` with healthy and broken side by side and every
              instrument, against one script that trains both one after the other and records nothing
              but the loss (aim 0.5)
instruments   processor time of one training with every instrument over the same without any (aim 1.15)

Both sides train 50 blocks of width 64 for 200 steps of batch 64 in float32.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    """Measure and print both ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
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
            torch.append(timed_torch())
            overhead.append(instruments(setting, healthy, str(experiment)))
    ratios = [a / b for a, b in zip(ours, torch, strict=True)]
    print(f"Lynx, instruments and all   {statistics.median(ours):6.2f} s")
    print(f"plain PyTorch               {statistics.median(torch):6.2f} s")
    print(f"run / torch                 {statistics.median(ratios):6.2f}    (aim 0.50; {spread(ratios)})")
    print(f"instruments                 {statistics.median(overhead):6.2f}    (aim 1.15; {spread(overhead)})")


def timed_run(setting: Setting, jobs: list[Job]) -> float:
    """Wall seconds of one `run_jobs`; RuntimeError when a job does not finish."""
    began = time.perf_counter()
    for run in run_jobs(setting, jobs):
        if run.ended is not Ended.FINISHED:
            raise RuntimeError(run.log_tail)
    return time.perf_counter() - began


def timed_torch() -> float:
    """Wall seconds of the plain script, interpreter and import included as on our side."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", PLAIN_TORCH, str(STARTER / "src")], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


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
