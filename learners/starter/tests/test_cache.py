"""With the cache or without: the same logits."""

from __future__ import annotations

import pytest
import torch

from tinylm.cache import Cache, read
from tinylm.gpt import GPT


def model(dropout: float = 0.0) -> GPT:
    torch.manual_seed(0)
    return GPT(11, width=12, heads=3, layers=3, context=10, dropout=dropout).double().eval()


def texts(batch: int = 2, length: int = 10) -> torch.Tensor:
    return torch.randint(11, (batch, length), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("pieces", [[10], [1] * 10, [4, 1, 1, 1, 1, 1, 1], [3, 3, 4], [9, 1], [1, 8, 1]])
def test_the_logits_are_those_without_a_cache(pieces):
    gpt, codes = model(), texts()
    cache = Cache(gpt, batch=2)
    found = [read(gpt, piece, cache) for piece in torch.split(codes, pieces, dim=1)]
    assert cache.places == 10
    torch.testing.assert_close(torch.cat(found, dim=1), gpt(codes), rtol=1e-12, atol=1e-12)


def test_dropout_is_not_at_work_and_training_mode_is_refused():
    gpt, codes = model(dropout=0.5), texts()
    torch.testing.assert_close(read(gpt, codes, Cache(gpt, batch=2)), gpt(codes))
    with pytest.raises(ValueError, match="evaluation"):
        read(gpt.train(), codes, Cache(gpt, batch=2))


def test_two_caches_know_nothing_of_each_other():
    gpt, codes = model(), texts(length=5)
    first, second = Cache(gpt, batch=2), Cache(gpt, batch=2)
    read(gpt, texts(length=7), second)
    read(gpt, codes[:, :4], first)
    torch.testing.assert_close(read(gpt, codes[:, 4:], first), gpt(codes)[:, 4:])


def test_a_text_past_the_context_is_refused():
    gpt, cache = model(), Cache(model(), batch=2)
    read(gpt, texts(), cache)
    with pytest.raises(ValueError, match="context of 10"):
        read(gpt, texts(length=1), cache)
