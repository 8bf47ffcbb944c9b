"""Text from a model, one character after another."""

from __future__ import annotations

import torch
from torch import Tensor

from tinylm.gpt import GPT


@torch.no_grad()
def generate(
    model: GPT,
    codes: Tensor,
    characters: int,
    temperature: float = 1.0,
    top: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """`codes` (batch, length) and `characters` more: (batch, length + characters).

    Each is drawn from the softmax of the last place's logits / `temperature`, among the `top` likeliest if
    given; a temperature of 0 takes the likeliest. The model sees the last `context` characters, in the mode
    that it is in (`model.eval()` first, where it has dropout). ValueError for an empty text, a negative
    temperature, or a `top` below 1.
    """
    if codes.shape[1] < 1:
        raise ValueError("there must be one character to begin with")
    if temperature < 0 or (top is not None and top < 1):
        raise ValueError(f"a temperature of {temperature} and the {top} likeliest: nothing can be drawn so")
    for _ in range(characters):
        logits = model(codes[:, -model.context :])[:, -1]
        if temperature == 0:
            following = logits.argmax(dim=-1, keepdim=True)
        else:
            if top is not None:
                least = logits.topk(min(top, logits.shape[-1]), dim=-1).values[:, -1:]
                logits = logits.masked_fill(logits < least, float("-inf"))
            odds = (logits / temperature).softmax(dim=-1)
            following = torch.multinomial(odds, 1, generator=generator)
        codes = torch.cat([codes, following], dim=1)
    return codes
