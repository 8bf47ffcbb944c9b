"""The character transformer, its text, and the entropy that nothing can beat."""

from __future__ import annotations

import math
from itertools import islice

import pytest
import torch
import torch.nn.functional as F

from tinylm.grammar import END, entropy_rate, grammar, sample_text, verb_weights
from tinylm.text import (
    MAX_VOCABULARY,
    OTHER,
    Vocabulary,
    batches,
    character_entropy,
    conditional_entropy,
    windows,
    with_following,
)
from tinylm.transformer import TinyTransformer


def small(vocabulary: int = 11) -> TinyTransformer:
    torch.manual_seed(0)
    return TinyTransformer(vocabulary, width=8, heads=2, context=16, hidden=12).double()


# --- the model ------------------------------------------------------------------------------


def test_layers_have_the_sizes_they_are_said_to_have() -> None:
    shapes = {name: tuple(p.shape) for name, p in TinyTransformer().named_parameters()}
    assert {name: shape for name, shape in shapes.items() if name.endswith("weight")} == {
        "char_embedding.weight": (65, 64),
        "pos_embedding.weight": (64, 64),
        "query.weight": (64, 64),
        "key.weight": (64, 64),
        "value.weight": (64, 64),
        "out_proj.weight": (64, 64),
        "norm1.weight": (64,),
        "ff1.weight": (128, 64),
        "ff2.weight": (64, 128),
        "norm2.weight": (64,),
        "output_head.weight": (65, 64),
    }


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (2, 16)])
def test_any_batch_and_any_length_up_to_the_context(shape: tuple[int, int]) -> None:
    assert small()(torch.zeros(shape, dtype=torch.long)).shape == (*shape, 11)


def test_each_sample_is_computed_alone() -> None:
    model, codes = small(), torch.randint(11, (4, 7), generator=torch.Generator().manual_seed(0))
    together = model(codes)
    alone = torch.cat([model(row[None]) for row in codes])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("place", [0, 3, 6])
def test_no_place_sees_what_comes_after(place: int) -> None:
    model, codes = small(), torch.arange(7)[None]
    changed = codes.clone()
    changed[0, place] = 10
    same = (model(codes) - model(changed)).abs().amax(dim=-1)[0] == 0
    assert same.tolist() == [t < place for t in range(7)]


def test_attention_agrees_with_the_one_in_torch() -> None:
    model, x = small(), torch.randn(3, 7, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    q, k, v = (layer(x).view(3, 7, 2, 4).transpose(1, 2) for layer in (model.query, model.key, model.value))
    reference = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(model.attend(x), reference.transpose(1, 2).reshape(3, 7, 8))


def test_the_forward_pass_written_out() -> None:
    model, codes = small(), torch.tensor([[3, 1, 4, 1, 5]])
    x = model.char_embedding.weight[codes] + model.pos_embedding.weight[:5]
    x = model.norm1(x + model.out_proj(model.attend(x)))
    x = model.norm2(x + model.ff2(model.ff1(x).clamp(min=0.0)))
    torch.testing.assert_close(model(codes), model.output_head(x))


def test_every_parameter_receives_a_gradient() -> None:
    model = small()
    model(torch.arange(10)[None]).square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_a_width_that_the_heads_cannot_share_is_refused() -> None:
    with pytest.raises(ValueError, match="3 heads"):
        TinyTransformer(width=64, heads=3)


def test_it_learns_more_than_one_character_can_tell_and_less_than_the_entropy_allows() -> None:
    sentences = grammar()
    text = sample_text(sentences, 100_000, seed=0)
    vocabulary = Vocabulary.of(text)
    torch.manual_seed(0)
    model = TinyTransformer(len(vocabulary))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for x, y in islice(batches(vocabulary.encode(text), 16, 64, seed=0), 300):
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x, y = windows(vocabulary.encode(sample_text(sentences, 20_000, seed=1)), 64)
    with torch.no_grad():
        fresh = F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item()
    assert entropy_rate(sentences) < fresh < conditional_entropy(text) - 0.1


# --- the grammar ----------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "sentences"), [("english", 3200), ("spanish", 3200), ("both", 6400)])
def test_sentences_are_distinct_and_can_be_cut_apart(language: str, sentences: int) -> None:
    table = grammar(language)
    assert len(table) == sentences  # no two choices give the same words
    assert math.fsum(table.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(s.endswith(END) and s.count(".") == 1 for s in table)


def test_the_entropy_rate_is_the_sum_of_the_choices_over_the_mean_length() -> None:
    """Every sentence is one combination of independent choices, so their entropies add up."""

    def entropy(weights: list[float]) -> float:
        return -sum(p * math.log(p) for p in weights)

    harmonic = sum(1 / k for k in range(1, 21))
    verbs = [1 / (k * harmonic) for k in range(1, 21)]
    assert list(verb_weights([str(k) for k in range(20)]).values()) == pytest.approx(verbs)
    # language, tense, expression of time, pronoun, verb, tail
    choices = math.log(2) + math.log(4) + math.log(2) + math.log(4) + entropy(verbs)
    choices += entropy([0.4, 0.2, 0.2, 0.1, 0.1])
    table = grammar()
    mean_length = sum(p * len(s) for s, p in table.items())
    assert entropy_rate(table) == pytest.approx(choices / mean_length, rel=1e-12)


def test_a_sampled_text_has_that_rate() -> None:
    """-log p of the sentences of a text, a character: agrees within four standard errors."""
    table = grammar()
    text = sample_text(table, 300_000, seed=3)
    sentences = [s + END for s in text.split(END)[:-1]]
    rate = entropy_rate(table)
    surprise = [-math.log(table[s]) - rate * len(s) for s in sentences]
    n = len(sentences)
    mean = sum(surprise) / n
    error = math.sqrt(sum((s - mean) ** 2 for s in surprise) / n / n)
    assert n > 9_000
    assert abs(mean) < 4 * error


def test_words_agree_with_each_other() -> None:
    english, spanish = grammar("english"), grammar("spanish")
    for sentence in ("yesterday she walked. ", "today he has eaten at home. ", "soon you will study a lot. "):
        assert sentence in english
    for sentence in ("ayer ella caminó. ", "hoy él ha comido en casa. ", "pronto tú estudiarás mucho. "):
        assert sentence in spanish
    assert "yesterday she walks. " not in english
    assert "hoy yo ha comido. " not in spanish


def test_texts_are_exact_in_length_and_decided_by_the_seed() -> None:
    table = grammar("spanish")
    assert [len(sample_text(table, n, seed=0)) for n in (1, 10, 1000)] == [1, 10, 1000]
    assert sample_text(table, 500, seed=1) == sample_text(table, 500, seed=1)
    assert sample_text(table, 500, seed=1) != sample_text(table, 500, seed=2)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language"):
        grammar("french")


# --- text -----------------------------------------------------------------------------------


def test_the_grammar_fits_the_vocabulary() -> None:
    characters = {c for sentence in grammar() for c in sentence}
    assert len(characters) <= MAX_VOCABULARY


def test_what_is_encoded_can_be_read_back() -> None:
    text = sample_text(grammar(), 2000, seed=0)
    vocabulary = Vocabulary.of(text)
    codes = vocabulary.encode(text)
    assert vocabulary.decode(codes) == text
    assert codes.max() == len(vocabulary) - 1
    assert vocabulary.replaced == 0.0
    with pytest.raises(ValueError, match="ß"):
        vocabulary.encode("ß")


def test_rare_characters_of_a_large_alphabet_share_one_code() -> None:
    rare = [chr(0x4E00 + i) for i in range(60)]
    text = "the quick brown fox jumps over the lazy dog " * 10 + "".join(rare)
    vocabulary = Vocabulary.of(text)
    assert len(vocabulary) == MAX_VOCABULARY
    back = vocabulary.decode(vocabulary.encode(text))
    assert back.startswith("the quick brown fox")
    assert back.count(OTHER) == sum(c not in vocabulary.characters for c in text) == 60 - (64 - 27)
    assert vocabulary.replaced == pytest.approx(back.count(OTHER) / len(text))
    assert vocabulary.decode(vocabulary.encode("unseen: Ω")).endswith(OTHER)
    with pytest.raises(ValueError, match="empty"):
        Vocabulary.of("")


def test_a_batch_asks_for_the_next_character() -> None:
    codes = torch.arange(50)
    seen = set()
    for x, y in islice(batches(codes, 8, 16, seed=0), 40):
        assert x.shape == y.shape == (8, 16)
        assert torch.equal(y, x + 1)
        seen.update(x[:, 0].tolist())
    assert seen == set(range(34))  # every place where a window and its last target fit
    first, again = (next(batches(codes, 8, 16, seed=5))[0] for _ in range(2))
    assert torch.equal(first, again)


def test_what_follows_a_code_is_the_next_one() -> None:
    inputs, targets = with_following(torch.arange(10))
    assert torch.equal(inputs, torch.arange(9))
    assert torch.equal(targets, inputs + 1)
    x, y = next(batches(torch.arange(50), 4, 8, seed=0))
    assert torch.equal(y, x + 1)


def test_windows_cover_the_text_once() -> None:
    x, y = windows(torch.arange(50), 16)
    assert torch.equal(x.flatten(), torch.arange(48))
    assert torch.equal(y, x + 1)
    with pytest.raises(ValueError, match="too short"):
        windows(torch.arange(16), 16)
    with pytest.raises(ValueError, match="too short"):
        next(batches(torch.arange(16), 1, 16, seed=0))


def test_entropies_of_texts_that_can_be_worked_out() -> None:
    assert character_entropy("abab" * 10) == pytest.approx(math.log(2))
    assert conditional_entropy("ab" * 2000) == pytest.approx(0.0, abs=1e-6)
    # After a comes a or b, evenly; after b always a: H = P(a) · ln 2 = 2/3 · ln 2.
    generator = torch.Generator().manual_seed(0)
    text, state = [], "a"
    for coin in torch.randint(2, (60_000,), generator=generator).tolist():
        state = "a" if state == "b" or coin else "b"
        text.append(state)
    assert conditional_entropy("".join(text)) == pytest.approx(2 / 3 * math.log(2), abs=0.01)
