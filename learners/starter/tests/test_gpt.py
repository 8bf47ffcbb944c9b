"""The small GPT against torch's own attention and encoder layer in float64, and what it draws."""

from __future__ import annotations

import math
from itertools import islice

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinylm.attention import Attention, causal_mask, merge_heads, split_heads, weights_of
from tinylm.block import Block
from tinylm.gpt import GPT
from tinylm.grammar import entropy_rate, grammar, sample_text
from tinylm.loss import next_character_loss
from tinylm.sampling import generate
from tinylm.text import Vocabulary, batches, conditional_entropy, windows

CLOSE = {"rtol": 1e-7, "atol": 1e-7}


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def small(vocabulary: int = 11, dropout: float = 0.0) -> GPT:
    torch.manual_seed(0)
    return GPT(vocabulary, width=12, heads=3, layers=2, context=16, hidden=20, dropout=dropout).double()


def text(batch: int, length: int, seed: int = 0) -> Tensor:
    return torch.randint(11, (batch, length), generator=torch.Generator().manual_seed(seed))


# --- attention ------------------------------------------------------------------------------


def test_the_mask_hides_what_comes_after() -> None:
    assert causal_mask(3).tolist() == [[False, True, True], [False, False, True], [False, False, False]]


def test_what_a_place_takes_from_the_others_sums_to_one() -> None:
    q, k = drawn(2, 3, 5, 4), drawn(2, 3, 5, 4, seed=1)
    for mask in (None, causal_mask(5)):
        taken = weights_of(q, k, mask)
        torch.testing.assert_close(taken.sum(dim=-1), torch.ones(2, 3, 5, dtype=torch.float64), **CLOSE)
    assert not taken[..., causal_mask(5)].any()
    assert taken[..., 0, 0].eq(1).all()


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("width", "heads"), [(8, 1), (12, 3), (16, 16)])
def test_attention_agrees_with_the_one_in_torch(width: int, heads: int, causal: bool) -> None:
    torch.manual_seed(1)
    ours, theirs = Attention(width, heads).double(), nn.MultiheadAttention(width, heads, batch_first=True)
    theirs = theirs.double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([m.weight for m in (ours.query, ours.key, ours.value)]))
        theirs.in_proj_bias.copy_(torch.cat([m.bias for m in (ours.query, ours.key, ours.value)]))
        theirs.out_proj.load_state_dict(ours.out_proj.state_dict())
    x, mask = drawn(4, 7, width), causal_mask(7) if causal else None
    reference, _ = theirs(x, x, x, attn_mask=mask)
    torch.testing.assert_close(ours(x, mask), reference, **CLOSE)


def test_scores_are_divided_so_that_their_variance_stays_that_of_their_factors() -> None:
    for d in (4, 64):
        q, k = drawn(500, 1, 20, d), drawn(500, 1, 20, d, seed=1)
        scores = weights_of(q, k).log()  # up to a constant for each row
        assert scores.var(dim=-1).mean().item() == pytest.approx(1.0, abs=0.05)


def test_each_head_has_its_part_of_the_width_and_gets_it_back() -> None:
    x = drawn(2, 5, 12)
    heads = split_heads(x, 3)
    assert heads.shape == (2, 3, 5, 4)
    assert torch.equal(heads[:, 1], x[..., 4:8])
    assert torch.equal(merge_heads(heads), x)


def test_a_width_that_the_heads_cannot_share_is_refused() -> None:
    with pytest.raises(ValueError, match="3 heads"):
        Attention(64, 3)


# --- the model ------------------------------------------------------------------------------


def test_a_block_agrees_with_the_encoder_layer_of_torch() -> None:
    torch.manual_seed(2)
    ours = Block(12, 3, 20).double()
    theirs = nn.TransformerEncoderLayer(12, 3, 20, 0.0, "gelu", batch_first=True, norm_first=True).double()
    names = {"norm1": "norm1", "norm2": "norm2", "self_attn.out_proj": "attention.out_proj"}
    names |= {"linear1": "feed_forward.0", "linear2": "feed_forward.2"}
    state = {
        f"{theirs_}.{kind}": ours.state_dict()[f"{ours_}.{kind}"]
        for theirs_, ours_ in names.items()
        for kind in ("weight", "bias")
    }
    for kind in ("weight", "bias"):
        parts = [ours.state_dict()[f"attention.{part}.{kind}"] for part in ("query", "key", "value")]
        state[f"self_attn.in_proj_{kind}"] = torch.cat(parts)
    theirs.load_state_dict(state)
    x = drawn(4, 7, 12)
    for mask in (causal_mask(7), None):
        torch.testing.assert_close(ours(x, mask), theirs(x, src_mask=mask), **CLOSE)


def test_the_forward_pass_written_out() -> None:
    model, codes = small(), text(3, 9)
    x = model.char_embedding.weight[codes] + model.pos_embedding.weight[:9]
    for block in model.blocks:
        q, k, v = block.attention.project(block.norm1(x))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + block.attention.out_proj(mixed.transpose(1, 2).reshape(3, 9, 12))
        x = x + block.feed_forward(block.norm2(x))
    torch.testing.assert_close(model(codes), model.output_head(model.norm(x)), **CLOSE)


@pytest.mark.parametrize("place", [0, 5, 8])
def test_no_place_sees_what_comes_after(place: int) -> None:
    model, codes = small(), text(1, 9)
    changed = codes.clone()
    changed[0, place] = (codes[0, place] + 1) % 11
    same = (model(codes) - model(changed)).abs().amax(dim=-1)[0] == 0
    assert same.tolist() == [t < place for t in range(9)]


def test_the_beginning_of_a_text_is_told_alike_without_its_end() -> None:
    model, codes = small(), text(2, 12)
    torch.testing.assert_close(model(codes)[:, :5], model(codes[:, :5]), **CLOSE)


def test_every_parameter_receives_a_gradient() -> None:
    model = small()
    next_character_loss(model(text(4, 16)), text(4, 16, seed=1)).backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []


def test_a_key_bias_moves_all_scores_of_a_row_alike_and_so_tells_nothing() -> None:
    model = small()
    next_character_loss(model(text(4, 16)), text(4, 16, seed=1)).backward()
    biases = [block.attention.key.bias.grad for block in model.blocks]
    assert all(b is not None and b.abs().max() < 1e-12 for b in biases)


def test_dropout_is_for_training_alone() -> None:
    model, codes = small(dropout=0.5), text(2, 8)
    assert not torch.equal(model(codes), model(codes))
    model.eval()
    assert torch.equal(model(codes), model(codes))
    plain = small()
    plain.load_state_dict(model.state_dict())
    assert torch.equal(model(codes), plain(codes))


def test_a_part_of_a_text_is_embedded_at_its_places() -> None:
    model, codes = small(), text(2, 8)
    assert torch.equal(model.embed(codes)[:, 5:], model.embed(codes[:, 5:], start=5))
    with pytest.raises(ValueError, match="17 characters"):
        model(text(1, 17))


def test_the_loss_of_a_model_that_knows_nothing() -> None:
    assert next_character_loss(torch.zeros(2, 5, 11), text(2, 5)).item() == pytest.approx(math.log(11))


def test_it_learns_more_than_one_character_can_tell_and_less_than_the_entropy_allows() -> None:
    sentences = grammar()
    read = sample_text(sentences, 100_000, seed=0)
    vocabulary = Vocabulary.of(read)
    torch.manual_seed(0)
    model = GPT(len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for x, y in islice(batches(vocabulary.encode(read), 16, 32, seed=0), 150):
        loss = next_character_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x, y = windows(vocabulary.encode(sample_text(sentences, 20_000, seed=1)), 32)
    with torch.no_grad():
        fresh = next_character_loss(model(x), y).item()
    assert entropy_rate(sentences) < fresh < conditional_entropy(read) - 0.5


# --- sampling -------------------------------------------------------------------------------


def test_what_is_drawn_goes_on_from_what_is_there() -> None:
    model, codes = small(), text(3, 4)
    found = generate(model, codes, 30, generator=torch.Generator().manual_seed(0))
    assert found.shape == (3, 34)
    assert torch.equal(found[:, :4], codes)
    again = generate(model, codes, 30, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found, again)


def test_a_temperature_of_zero_takes_the_likeliest_and_so_does_the_likeliest_alone() -> None:
    model, codes = small(), text(2, 3)
    greedy = generate(model, codes, 6, temperature=0)
    for place in range(3, 9):
        assert torch.equal(greedy[:, place], model(greedy[:, :place])[:, -1].argmax(dim=-1))
    assert torch.equal(generate(model, codes, 6, top=1), greedy)


@pytest.mark.parametrize(("temperature", "top"), [(1.0, None), (0.5, None), (1.0, 3)])
def test_characters_are_drawn_as_often_as_the_model_says(temperature: float, top: int | None) -> None:
    model, codes = small(), text(1, 5).repeat(20_000, 1)
    found = generate(model, codes, 1, temperature, top, torch.Generator().manual_seed(1))[:, -1]
    odds = (model(codes[:1])[0, -1] / temperature).softmax(dim=-1)
    if top is not None:
        odds = odds.where(odds >= odds.topk(top).values[-1], torch.zeros(()).double())
        odds = odds / odds.sum()
    shares = torch.bincount(found, minlength=11) / len(found)
    error = (odds * (1 - odds) / len(found)).sqrt()
    assert ((shares - odds).abs() <= 4 * error).all()


def test_what_cannot_be_drawn_is_refused() -> None:
    model = small()
    with pytest.raises(ValueError, match="one character"):
        generate(model, text(1, 0), 1)
    with pytest.raises(ValueError, match="temperature of -1"):
        generate(model, text(1, 1), 1, temperature=-1)
    with pytest.raises(ValueError, match="0 likeliest"):
        generate(model, text(1, 1), 1, top=0)


@pytest.mark.parametrize("branch", ["attention", "feed_forward"])
def test_dropout_falls_on_each_branch_while_training_and_on_none_afterwards(branch: str) -> None:
    torch.manual_seed(0)
    block, x = Block(8, 2, 16, dropout=0.5), torch.randn(2, 5, 8)
    other = block.feed_forward[2] if branch == "attention" else block.attention
    with torch.no_grad():
        for p in other.parameters():  # the other branch says nothing
            p.zero_()
        assert not torch.equal(block(x), block(x))
        block.eval()
        assert torch.equal(block(x), block(x))


def test_dropout_falls_on_what_is_embedded_too() -> None:
    torch.manual_seed(0)
    model = GPT(7, width=12, heads=3, layers=1, context=16, hidden=20, dropout=0.5)
    codes = torch.arange(5)[None]
    assert (model.embed(codes) == 0).any()
    assert not (model.eval().embed(codes) == 0).any()
