"""The starter's tokeniser makes the merges and the tokens of Hugging Face's, ties included."""

from __future__ import annotations

import sys

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from lynx.content.catalog import data_dir

sys.path.insert(0, str(data_dir("starter") / "src"))  # as in a learner's workspace
import minitok
from minitok.bpe import pieces
from minitok.train_bpe import load_corpus
from tinylm.grammar import grammar, sample_text

TEXTS = {
    "corpus": "\n".join(load_corpus()),
    "english": "\n".join(load_corpus("english")),
    "grammar": sample_text(grammar(), 20_000, seed=0),
    "ties and runs": "aaa aaaa abab\nbaba ñññ 😀😀 ¿qué? été  \t.\r\n",
}


BYTES = [chr(b) for b in range(256)]
CUT = "\ue000"


def as_characters(text: str) -> str:
    """The pieces as our tokeniser cuts them, one character a byte, of the byte's number."""
    return CUT.join(piece.encode("utf-8").decode("latin-1") for piece in pieces(text))


def theirs(text: str, vocabulary: int) -> Tokenizer:
    """Their tokeniser, trained on the pieces of `text`; its first 256 tokens are the bytes, in their order."""
    other = Tokenizer(models.BPE())
    other.pre_tokenizer = pre_tokenizers.CharDelimiterSplit(CUT)
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=BYTES, show_progress=False)
    other.train_from_iterator([as_characters(text)], trainer)
    return other


@pytest.mark.parametrize("vocabulary", [300, 512, 2_000])
@pytest.mark.parametrize("name", TEXTS)
def test_same_merges_and_same_tokens(name: str, vocabulary: int) -> None:
    ours, other = minitok.train(TEXTS[name], vocabulary), theirs(TEXTS[name], vocabulary)
    made = [other.id_to_token(k).encode("latin-1") for k in range(other.get_vocab_size())]
    assert list(ours.bytes_of) == made
    for text in TEXTS.values():
        assert ours.encode(text) == other.encode(as_characters(text)).ids
