"""What a language model does, apart from its loss: what it answers and writes, and what it makes of order."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from types import TracebackType

WRITERS = 16  # texts that are written at once
SHUFFLES = 99  # the seed of the orders that a text is put in
SURE = 0.99  # the probability of one character from which a place counts as saturated


class Listening:
    """Keeps what a layer put out last, with the gradient that reaches it; within a `with`."""

    def __init__(self, layer: torch.nn.Module) -> None:
        self._layer = layer
        self.heard = torch.empty(0)

    def __enter__(self) -> Listening:
        def keep(_layer: Any, _given: Any, out: Tensor) -> None:
            if out.requires_grad:  # not while something is evaluated
                out.retain_grad()
                self.heard = out

        self._hook = self._layer.register_forward_hook(keep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hook.remove()


def pulls(logits: Tensor, targets: Tensor, loudness: float = 1.0) -> dict[str, float]:
    """How hard the places of a batch pull at their logits, and how many of them are sure of one character.

    `wrong_pull` and `right_pull`: the mean Euclidean norm of the gradient of a place's own loss by its logits, over
    the places whose likeliest character is not the target, and over the others (left out where there are none). For
    cross-entropy on logits it is ‖softmax − one-hot‖, between 0 and √2. `saturated`: the share of places that give one
    character .99 or more.
    """
    assert logits.grad is not None
    each = logits.grad.norm(dim=-1) * targets.numel() / loudness
    with torch.no_grad():
        wrong = logits.argmax(dim=-1) != targets
        sure = (logits.softmax(dim=-1).amax(dim=-1) >= SURE).float().mean()
    found = {"wrong_pull": each[wrong], "right_pull": each[~wrong]}
    return {"saturated": float(sure), **{name: float(one.mean()) for name, one in found.items() if len(one)}}


def predicted(model: Any, pairs: tuple[Tensor, Tensor]) -> dict[str, float]:
    """What it takes for likeliest: how often rightly (`val_accuracy`), and how much of it is one character.

    `commonest_share`: the largest share of all answers that goes to one character; `characters_predicted`: how many
    different ones are ever answered.
    """
    inputs, targets = pairs
    answers = _asked(model, inputs).argmax(dim=-1)
    counts = torch.bincount(answers.flatten())
    return {
        "val_accuracy": float((answers == targets).float().mean()),
        "commonest_share": float(counts.max() / counts.sum()),
        "characters_predicted": float((counts > 0).sum()),
    }


def order_dependence(model: Any, inputs: Tensor) -> float:
    """How far the odds of the next character move when all characters before the last are shuffled.

    The mean over texts (texts, length) of half the sum of |differences| of probabilities, between 0 and 1.
    """
    generator = torch.Generator().manual_seed(SHUFFLES)
    before = inputs.shape[1] - 1
    orders = torch.stack([torch.randperm(before, generator=generator) for _ in inputs])
    shuffled = torch.cat([inputs[:, :-1].gather(1, orders), inputs[:, -1:]], dim=1)
    one, other = (_asked(model, codes)[:, -1].softmax(dim=-1) for codes in (inputs, shuffled))
    return float((one - other).abs().sum(dim=-1).mean() / 2)


def place_told(model: Any, inputs: Tensor) -> dict[str, float]:
    """How well a linear map tells a place's number from what stands there: before the blocks, and after each.

    The share of the numbers' variance that least squares, fitted on half of the texts (texts, length), accounts for
    on the other half: 1 for all of it, about 0 where nothing about the place is to be had.
    """
    kept: dict[str, Tensor] = {}
    hooks = []
    for number, block in enumerate(model.blocks):
        if number == 0:
            hooks.append(block.register_forward_pre_hook(lambda _, given: kept.update(embedding=given[0])))

        def keep(_block: Any, _given: Any, out: Tensor, name: str = f"blocks.{number}") -> None:
            kept[name] = out

        hooks.append(block.register_forward_hook(keep))
    _asked(model, inputs)
    for hook in hooks:
        hook.remove()
    half = len(inputs) // 2 * inputs.shape[1]
    places = torch.arange(inputs.shape[1], dtype=torch.float64).repeat(len(inputs))[:, None]
    found = {}
    for name, states in kept.items():
        x = states.detach().double().flatten(0, 1)
        x = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
        fitted = torch.linalg.lstsq(x[:half], places[:half], driver="gelsd").solution
        left = (x[half:] @ fitted - places[half:]).square().sum()
        found[name] = float(1 - left / (places[half:] - places[half:].mean()).square().sum())
    return found


def written(
    model: Any, vocabulary: Any, starts: Tensor, characters: int, known: str, seed: int
) -> dict[str, float]:
    """What it writes after one character, `starts` (texts, 1): drawn at temperature 1, and the likeliest each time.

    `start_share`: the share of written characters that are the one it started from, `start_share_greedy` where the
    likeliest is taken; `repeat_share`: of those that repeat the one before; `known_words`: of the words between two
    spaces that stand in `known`.
    """
    generate = importlib.import_module("tinylm.sampling").generate
    starts = starts[:WRITERS]
    generator = torch.Generator().manual_seed(seed)
    model.eval()
    drawn = generate(model, starts, characters, generator=generator)
    greedy = generate(model, starts, characters, temperature=0)
    model.train()
    words = set(known.split(" "))
    written = [word for text in drawn for word in vocabulary.decode(text).split(" ")[1:-1] if word]
    return {
        "start_share": float((drawn[:, 1:] == starts).float().mean()),
        "start_share_greedy": float((greedy[:, 1:] == starts).float().mean()),
        "repeat_share": float((drawn[:, 1:] == drawn[:, :-1]).float().mean()),
        "known_words": sum(word in words for word in written) / len(written) if written else 0.0,
    }


def _asked(model: Any, inputs: Tensor) -> Tensor:
    """What the model puts out, in evaluation mode and without gradients."""
    model.eval()
    with torch.no_grad():
        out: Tensor = model(inputs)
    model.train()
    return out
