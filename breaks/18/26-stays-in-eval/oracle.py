"""The training loop on a small network with dropout, an evaluation after every step."""

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
    """Compared are losses, weights, what the optimiser holds, and what dropout has drawn."""
    kinds, width = (int(n) for n in rng.integers(3, 8, 2))
    text = torch.from_numpy(rng.integers(0, kinds, 200))
    trainer = Trainer(Net(kinds, width, float(rng.uniform(0.1, 0.5))), Plan(steps=8, warmup=2, lr=0.05))

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
