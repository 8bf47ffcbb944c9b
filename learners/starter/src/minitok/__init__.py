"""Byte-level byte-pair encoding, trained and applied, and a model that counts tokens."""

from minitok.bpe import Tokenizer, train
from minitok.ngram import NGram

__all__ = ["NGram", "Tokenizer", "train"]
