"""The training loop on a small network, with a limit that some gradients exceed and some do not."""

import torch
from tinylm.examples import micro_batches
from tinylm.train import Plan, Trainer
from torch import nn


class Net(nn.Module):
    """Codes (batch, length) -> logits (batch, length, codes)."""

    def __init__(self, codes, width):
        super().__init__()
        self.embedding = nn.Embedding(codes, width)
        self.head = nn.Linear(width, codes)

    def forward(self, codes):
        """codes: (batch, length)."""
        return self.head(torch.tanh(self.embedding(codes)))


def make(rng):
    """Compared are losses, lengths, weights and what the optimiser holds."""
    kinds, width = (int(n) for n in rng.integers(3, 8, 2))
    text = torch.from_numpy(rng.integers(0, kinds, 200))
    plan = Plan(steps=8, warmup=2, lr=0.05, clip=float(rng.choice([0.05, 0.2, 0.4, 10.0])))
    trainer = Trainer(Net(kinds, width), plan)

    def examples():
        seed, batch, parts = (int(n) for n in rng.integers(1, 5, 3))
        return micro_batches(
            text, kind="mixed", batch=batch, parts=parts, context=8, seed=seed, step=trainer.done
        )

    return {
        "step": lambda: trainer.step(examples()),
        "evaluate": lambda: trainer.evaluate(examples()),
        "model": trainer.model,
        "optimizer": trainer.optimizer,
    }
