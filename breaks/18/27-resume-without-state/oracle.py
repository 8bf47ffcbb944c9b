"""The training loop on a small network, stopped after every step and taken up by another trainer from the file."""

import tempfile
from pathlib import Path

import torch
from tinylm.examples import micro_batches
from tinylm.train import Plan, Trainer
from torch import nn


class Net(nn.Module):
    """Codes (batch, length) -> logits (batch, length, codes)."""

    def __init__(self, codes, width, dropout):
        super().__init__()
        self.embedding = nn.Embedding(codes, width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, codes)

    def forward(self, codes):
        """codes: (batch, length)."""
        return self.head(self.dropout(torch.tanh(self.embedding(codes))))


def make(rng):
    """Compared are losses, weights, how many steps are done, and what dropout has drawn."""
    kinds, width = (int(n) for n in rng.integers(3, 8, 2))
    text = torch.from_numpy(rng.integers(0, kinds, 200))
    plan = Plan(steps=8, warmup=2, lr=0.05)
    model = Net(kinds, width, float(rng.choice([0.0, 0.3])))
    trainers = [Trainer(model, plan)]

    def examples():
        seed, batch, parts = (int(n) for n in rng.integers(1, 5, 3))
        step = trainers[-1].done
        return micro_batches(text, kind="mixed", batch=batch, parts=parts, context=8, seed=seed, step=step)

    def step():
        loss, norm = trainers[-1].step(examples())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "checkpoint.pt")
            trainers[-1].save(path)
            for parameter in model.parameters():
                nn.init.zeros_(parameter)
            torch.rand(3)  # somebody else draws meanwhile
            trainers[:] = [Trainer(model, plan)]
            trainers[-1].load(path)
        return loss, norm, trainers[-1].done

    return {"step": step, "evaluate": lambda: trainers[-1].evaluate(examples()), "model": model}
