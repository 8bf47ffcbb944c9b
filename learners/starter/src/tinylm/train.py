"""Train a small GPT on the text of the grammar: `python src/tinylm/train.py --steps=200 --every=20`."""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinylm.examples import LENGTHS, PADDING, Examples, joined, micro_batches
from tinylm.gpt import GPT
from tinylm.grammar import grammar, sample_text
from tinylm.text import Vocabulary, windows


@dataclass(frozen=True)
class Plan:
    """How to train. The rate rises to `lr` over `warmup` steps and falls along a cosine to `floor` · `lr`."""

    steps: int = 200
    lr: float = 3e-3
    warmup: int = 20
    floor: float = 0.1
    decay: float = 0.1
    clip: float = 1.0  # the longest gradient that the optimiser is given

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; the last has `floor` · `lr`."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        share = (step - self.warmup) / max(1, self.steps - 1 - self.warmup)
        return self.lr * (self.floor + (1 - self.floor) * (1 + math.cos(math.pi * share)) / 2)


class Trainer:
    """Trains any model that makes logits (batch, length, vocabulary) of codes (batch, length)."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        self.model, self.plan = model, plan
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=plan.lr, weight_decay=plan.decay)
        self.done = 0  # steps

    def step(self, parts: Sequence[Examples]) -> tuple[float, float]:
        """One step on all examples of `parts`: their loss, and how long their gradient was."""
        loss = self.accumulate(parts)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(self.done)
        self.optimizer.step()
        self.done += 1
        return loss, float(norm)

    def accumulate(self, parts: Sequence[Examples]) -> float:
        """Put the gradient of the mean loss of all targets into `.grad`, part by part; return that loss."""
        self.optimizer.zero_grad()
        total = sum(int((targets != PADDING).sum()) for _, targets in parts)
        mean = 0.0
        for codes, targets in parts:
            loss = summed_loss(self.model(codes), targets) / total
            loss.backward()
            mean += loss.item()
        return mean

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Examples]) -> float:
        """Mean loss in nats a target, nothing dropped."""
        self.model.eval()
        loss, total = 0.0, 0
        for codes, targets in batches:
            loss += float(summed_loss(self.model(codes), targets))
            total += int((targets != PADDING).sum())
        self.model.train()
        return loss / total

    def save(self, path: Path) -> None:
        """Write all that the next step depends on, the examples excepted."""
        state = {
            "done": self.done,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": torch.get_rng_state(),  # dropout draws from it
        }
        torch.save(state, path)

    def load(self, path: Path) -> None:
        """Go on where `save` was called."""
        state = torch.load(path)
        self.done = state["done"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["generator"])


def summed_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats, summed over the places that have a target."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PADDING, reduction="sum")


# --- the program --------------------------------------------------------------------------------


def options() -> argparse.Namespace:
    """The plan's, and what trains on what."""
    parser = argparse.ArgumentParser(description=__doc__)
    for field in fields(Plan):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    parser.add_argument("--seed", type=int, default=torch.initial_seed() % 2**32, help="of weights and text")
    parser.add_argument("--characters", type=int, default=20_000, help="how long the text is")
    parser.add_argument("--lengths", default="equal", choices=LENGTHS, help="of the examples")
    parser.add_argument("--batch", type=int, default=16, help="examples in a part")
    parser.add_argument("--parts", type=int, default=1, help="parts of which a step's gradient is the sum")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--context", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--every", type=int, default=20, help="steps between evaluations")
    parser.add_argument("--audit", type=int, default=0, help="steps between checks; 0: none")
    parser.add_argument("--stop", type=int, default=0, help="step at which to go on from a file; 0: none")
    return parser.parse_args()


def main() -> None:
    """Train, and print what happens."""
    args = options()
    plan = Plan(**{field.name: getattr(args, field.name) for field in fields(Plan)})
    sentences = grammar()
    text, held_out = (sample_text(sentences, n, args.seed + k) for k, n in ((0, args.characters), (1, 4_000)))
    vocabulary = Vocabulary.of("".join(sentences))
    codes = vocabulary.encode(text)
    validation = [windows(vocabulary.encode(held_out), args.context)]
    torch.manual_seed(args.seed)
    model = GPT(len(vocabulary), args.width, layers=args.layers, context=args.context, dropout=args.dropout)

    def examples(step: int) -> list[Examples]:
        return micro_batches(
            codes,
            kind=args.lengths,
            batch=args.batch,
            parts=args.parts,
            context=args.context,
            seed=args.seed,
            step=step,
        )

    trainer = Trainer(model, plan)
    while trainer.done < plan.steps:
        step = trainer.done
        if step == args.stop > 0:
            trainer = resumed(trainer)
        if step % args.every == 0:
            print(f"step {step} val {trainer.evaluate(validation):.9g}")
        parts = examples(step)
        if args.audit and step % args.audit == 0:
            print(f"step {step} audit {audit(trainer, parts):.9g}")
        loss, norm = trainer.step(parts)
        print(f"step {step} loss {loss:.9g} norm {norm:.9g}")
    print(f"step {plan.steps - 1} val {trainer.evaluate(validation):.9g}")


def audit(trainer: Trainer, parts: list[Examples]) -> float:
    """Cosine between the gradient of the parts and that of all their examples as one."""

    def gradient(of: list[Examples]) -> Tensor:
        trainer.accumulate(of)
        return torch.cat([p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None])

    return float(F.cosine_similarity(gradient(parts).double(), gradient([joined(parts)]).double(), dim=0))


def resumed(trainer: Trainer) -> Trainer:
    """A trainer that knows of this one only what is in a file; the weights are wiped before it reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "checkpoint.pt")
        trainer.save(path)
        for parameter in trainer.model.parameters():
            nn.init.zeros_(parameter)
        other = Trainer(trainer.model, trainer.plan)
        other.load(path)
    return other


if __name__ == "__main__":
    main()
