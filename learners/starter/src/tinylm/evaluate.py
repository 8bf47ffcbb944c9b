"""Train a small GPT with dropout, and say every so often how good it is: `python src/tinylm/evaluate.py`.

Each report has four figures: the loss on the text that is trained on, the loss on a text that is not, the gap
between them, and by how much the second moves when the very same text is asked about again.
"""

from __future__ import annotations

import argparse

import torch
from torch import nn

from tinylm.examples import Examples, micro_batches
from tinylm.gpt import GPT
from tinylm.grammar import grammar, sample_text
from tinylm.loss import next_character_loss
from tinylm.text import Vocabulary, windows
from tinylm.train import Plan, Trainer


@torch.no_grad()
def estimate_loss(model: nn.Module, texts: dict[str, Examples]) -> dict[str, float]:
    """Mean loss in nats a character on each of `texts` (codes, what follows), nothing dropped.

    The model goes on as it was: training after an estimate is the training without it.
    """
    model.eval()
    found = {}
    for name, (codes, following) in texts.items():
        found[name] = next_character_loss(model(codes), following).item()
    model.train()
    return found


def options() -> argparse.Namespace:
    """What trains on how much text, and how often it is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=torch.initial_seed() % 2**32, help="of weights and text")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--every", type=int, default=50, help="steps between reports")
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--context", type=int, default=24)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--characters", type=int, default=20_000, help="how long the text is")
    return parser.parse_args()


def main() -> None:
    """Train, and print what happens."""
    args = options()
    sentences = grammar("english")
    text, held_out = (sample_text(sentences, n, args.seed + k) for k, n in ((0, args.characters), (1, 4_000)))
    vocabulary = Vocabulary.of("".join(sentences))
    codes = vocabulary.encode(text)
    texts = {
        "train": windows(codes[:4_000], args.context),
        "val": windows(vocabulary.encode(held_out), args.context),
    }
    torch.manual_seed(args.seed)
    model = GPT(len(vocabulary), args.width, context=args.context, dropout=args.dropout)
    trainer = Trainer(model, Plan(steps=args.steps, lr=args.lr))
    for step in range(args.steps):
        if step % args.every == 0:
            report(step, model, texts)
        parts = micro_batches(
            codes, kind="equal", batch=args.batch, parts=1, context=args.context, seed=args.seed, step=step
        )
        loss, _ = trainer.step(parts)
        print(f"step {step} loss {loss:.9g}")
    report(args.steps - 1, model, texts)


def report(step: int, model: nn.Module, texts: dict[str, Examples]) -> None:
    """Print the four figures."""
    first, again = estimate_loss(model, texts), estimate_loss(model, texts)
    train, val = first["train"], first["val"]
    moved = abs(val - again["val"])
    print(f"step {step} train {train:.9g} val {val:.9g} gap {val - train:.9g} moved {moved:.9g}")


if __name__ == "__main__":
    main()
