"""A GPT that remembers: keys and values of the places before, so that only new characters are computed."""

from __future__ import annotations

import torch
from torch import Tensor

from tinylm.attention import causal_mask, merge_heads, weights_of
from tinylm.block import Block
from tinylm.gpt import GPT


class Cache:
    """Keys and values of every layer, one slot for each place up to the model's context.

    `places` is how many characters have been read. An empty cache has room for `batch` texts of one length.
    """

    def __init__(self, model: GPT, batch: int = 1) -> None:
        layers, like = blocks_of(model), model.char_embedding.weight
        heads = layers[0].attention.heads
        shape = (batch, heads, model.context, like.shape[1] // heads)
        self.places = 0
        self._keys = [like.new_zeros(shape) for _ in layers]
        self._values = [like.new_zeros(shape) for _ in layers]
        self._used = [0 for _ in layers]

    def store(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Put what is new behind what is there; all of it, as (batch, heads, slots, d_k) each.

        keys, values: (batch, heads, new, d_k).
        """
        start = self._used[layer]
        end = start + keys.shape[2]
        self._keys[layer][:, :, start:end] = keys
        self._values[layer][:, :, start:end] = values
        self._used[layer] = end
        return self._keys[layer][:, :, :end], self._values[layer][:, :, :end]


@torch.no_grad()
def read(model: GPT, codes: Tensor, cache: Cache) -> Tensor:
    """Logits of characters that follow what `cache` holds, which holds them, too, afterwards.

    codes: (batch, new) -> (batch, new, vocabulary): what `model` says of these places when it is given the
    whole text, in evaluation mode. ValueError where the text grows past the context, and in training mode.
    """
    if model.training:
        raise ValueError("a cache is for evaluation: call model.eval() first")
    new = codes.shape[1]
    x = model.embed(codes, start=cache.places)
    cache.places += new
    for layer, block in enumerate(blocks_of(model)):
        queries, keys, values = block.attention.project(block.norm1(x))
        keys, values = cache.store(layer, keys, values)
        # The last of the new places sees every slot, the one before it all but the last, and so on.
        hidden = causal_mask(keys.shape[2], codes.device)[-new:]
        x = x + block.attention.out_proj(merge_heads(weights_of(queries, keys, hidden) @ values))
        x = x + block.feed_forward(block.norm2(x))
    logits: Tensor = model.output_head(model.norm(x))
    return logits


def blocks_of(model: GPT) -> list[Block]:
    """The model's blocks, from the first."""
    return [block for block in model.blocks if isinstance(block, Block)]
