"""minitok against a tokeniser that recounts everything, and a model that looks everything up."""

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimodel.corpus import load_verbs
from minitok import NGram, Tokenizer, train
from minitok.bpe import BYTES, merged, pieces
from minitok.train_bpe import load_corpus, train_tokenizer

TEXTS = st.text(st.sampled_from("aab éñ\n€😀"), max_size=40)


# --- a plain reference: nothing is remembered, merges are applied one after the other --------------


def replace(word, pair):
    """The word, a tuple of byte strings, with every `pair` joined, from the left."""
    out, rest = [], word
    while rest:
        found = rest[:2] == pair
        out.append(rest[0] + rest[1] if found else rest[0])
        rest = rest[2:] if found else rest[1:]
    return tuple(out)


def reference_train(text, merges):
    """The joined pairs, as pairs of byte strings."""
    number = {bytes([b]): b for b in range(BYTES)}
    words = Counter(tuple(bytes([b]) for b in piece.encode()) for piece in pieces(text))
    found = []
    for _ in range(merges):
        counts = Counter()
        for word, often in words.items():
            for pair in pairwise(word):
                counts[pair] += often
        if not counts:
            break
        best = min(counts, key=lambda p: (-counts[p], number[p[0]], number[p[1]]))
        number[best[0] + best[1]] = BYTES + len(found)
        found.append(best)
        words = Counter({replace(word, best): often for word, often in words.items()})
    return found


def reference_encode(text, merges):
    """The tokens as byte strings: each merge in its turn over the whole piece."""
    out = []
    for piece in pieces(text):
        word = tuple(bytes([b]) for b in piece.encode())
        for pair in merges:
            word = replace(word, pair)
        out += word
    return out


def as_bytes(tokenizer):
    return [(tokenizer.bytes_of[a], tokenizer.bytes_of[b]) for a, b in tokenizer.merges]


# --- training --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, merges=st.integers(0, 30))
def test_the_merges_are_those_of_the_reference(text, merges):
    assert as_bytes(train(text, BYTES + merges)) == reference_train(text, merges)


@pytest.mark.parametrize("language", [None, "english"])
def test_the_merges_of_the_course_are_those_of_the_reference(language):
    text = "\n".join(load_corpus(language))
    assert as_bytes(train(text, 320)) == reference_train(text, 64)


def test_equally_common_pairs_are_merged_smaller_first():
    assert as_bytes(train("zy ba", BYTES + 3)) == [(b" ", b"b"), (b"z", b"y"), (b" b", b"a")]


def test_it_ends_when_every_piece_is_one_token():
    tokenizer = train("abc abc abd", 1000)
    assert len(tokenizer) == len(tokenizer.bytes_of) < 1000
    assert [len(tokenizer.encode(piece)) for piece in pieces("abc abc abd")] == [1, 1, 1]
    assert train("", 300).merges == ()


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_no_two_tokens_stand_for_the_same_bytes(text):
    tokenizer = train(text, BYTES + 30)
    assert len(set(tokenizer.bytes_of)) == len(tokenizer)


def test_a_vocabulary_without_room_for_the_bytes_is_refused():
    with pytest.raises(ValueError, match="no room"):
        train("ab", 255)


# --- there and back --------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, learned_from=TEXTS)
def test_any_text_comes_back_and_is_merged_as_the_reference_merges(text, learned_from):
    tokenizer = train(learned_from, BYTES + 30)
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert [tokenizer.bytes_of[t] for t in tokens] == reference_encode(text, as_bytes(tokenizer))


def test_the_earliest_merge_comes_first_wherever_it_stands():
    tokenizer = Tokenizer(((98, 99), (97, 98)))  # bc, then ab
    assert tokenizer.encode("abc") == [97, 256]


def test_of_three_equal_tokens_the_first_two_are_merged():
    assert merged([1, 1, 1, 2, 1, 1], (1, 1), 9) == [9, 1, 2, 9]


def test_pieces_keep_every_character_and_a_word_keeps_its_space():
    assert pieces("I walk\n  at home ") == ["I", " walk", "\n  ", "at", " home", " "]


def test_bytes_that_are_no_text_are_shown_as_such():
    assert Tokenizer(()).decode([0xC3, 97]) == "\ufffda"
    with pytest.raises(IndexError):
        Tokenizer(()).decode([256])


# --- the course's tokeniser ------------------------------------------------------------------------


def test_the_corpus_has_every_row_in_each_language():
    rows = load_verbs()
    lines = load_corpus()
    assert len(lines) == 2 * len(rows)
    assert [line.split(" ", 1)[1] for line in lines] == [
        *(row.english for row in rows),
        *(row.spanish for row in rows),
    ]
    assert load_corpus("english") + load_corpus("spanish") == lines
    assert {line.split()[0] for line in load_corpus("spanish")} == {"yo", "tú", "él"}
    with pytest.raises(ValueError, match="only_language"):
        load_corpus("french")


def test_the_course_tokenizer_has_words_of_both_languages():
    tokenizer = train_tokenizer()
    assert len(tokenizer) == 512
    assert len(tokenizer.encode(" walk")) == len(tokenizer.encode(" caminar")) == 1
    assert len(tokenizer.encode("él")) == 1


# --- the model that counts -------------------------------------------------------------------------


def reference_probability(line, vocabulary, context, token, before):
    """Witten-Bell from the definition: every context is looked up in the line itself."""
    p = 1.0 / vocabulary
    for length in range(min(context, len(before)) + 1):
        seen = before[len(before) - length :]
        after = [line[i] for i in range(length, len(line)) if line[i - length : i] == seen]
        if not after:
            break
        kinds = len(set(after))
        p = (after.count(token) + kinds * p) / (len(after) + kinds)
    return p


@settings(max_examples=60, deadline=None)
@given(
    line=st.lists(st.integers(0, 4), max_size=30),
    before=st.lists(st.integers(0, 4), max_size=4),
    context=st.integers(0, 4),
)
def test_probabilities_are_those_of_the_definition_and_add_up_to_one(line, before, context):
    model = NGram(5, context)
    model.learn(line)
    found = [model.probability(token, before) for token in range(5)]
    wanted = [reference_probability(line, 5, context, token, before) for token in range(5)]
    assert found == pytest.approx(wanted, abs=1e-12)
    assert math.fsum(found) == pytest.approx(1.0, abs=1e-12)


def test_bits_are_those_of_one_token_after_the_other():
    model = NGram(4, 2)
    model.learn([0, 1, 2, 0, 1, 3])
    one_by_one = [model.probability(1, [0]), model.probability(2, [0, 1]), model.probability(3, [1, 2])]
    assert model.bits([1, 2, 3], before=[0]) == pytest.approx(-sum(map(math.log2, one_by_one)))
    assert NGram(4, 2).bits([1, 2]) == 4.0


def test_what_stands_before_is_looked_at_and_not_counted():
    model = NGram(4, 1)
    model.learn([1], before=[3])
    assert model.follows == {(): {1: 1}, (3,): {1: 1}}
