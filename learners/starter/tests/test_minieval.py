"""Splits by counting, scores against torch in float64 and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from minieval.harness import AT_ONCE, eval_split
from minieval.scores import (
    accuracy,
    accuracy_by_slice,
    bits_per_character,
    calibration_error,
    log_probabilities,
    perplexity,
    reliability,
    surprise,
)
from minieval.splits import PARTS, Splits, contiguous, windows

# --- splits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "val", "test"), [(10, 0.1, 0.1), (1000, 0.2, 0.05), (37, 0.3, 0.3)])
def test_every_place_is_in_one_part_in_order(length, val, test):
    splits = contiguous(np.arange(length), val, test)
    assert np.concatenate([splits.part(name) for name in PARTS]).tolist() == list(range(length))
    assert [len(splits.part(name)) for name in PARTS[1:]] == [round(length * val), round(length * test)]


def test_a_split_that_leaves_a_part_empty_is_refused_and_so_is_an_unknown_part():
    with pytest.raises(ValueError, match="empty"):
        contiguous(np.arange(3))
    with pytest.raises(ValueError, match="empty"):
        contiguous(np.arange(10), val=0.5, test=0.5)
    with pytest.raises(ValueError, match="validation"):
        contiguous(np.arange(10)).part("validation")


def test_windows_hold_what_stands_before_each_place():
    seen, following = windows(np.arange(6), 3)
    assert seen.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert following.tolist() == [3, 4, 5]
    with pytest.raises(ValueError, match="too few"):
        windows(np.arange(3), 3)
    with pytest.raises(ValueError, match="too few"):
        windows(np.arange(3), 0)


# --- the harness ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_asked_about_itself(name):
    """A model that knows one text by heart is right about that text alone."""
    lengths = {"train": 40, "val": 30, "test": 20}
    splits = Splits(*(np.full(lengths[part], number) for number, part in enumerate(PARTS)))

    def predict(seen):  # sure of the code that stands for `name`
        return np.tile(np.where(np.arange(3) == PARTS.index(name), 9.0, 0.0), (len(seen), 1))

    found = {part: eval_split(predict, splits, 2, part) for part in PARTS}
    assert {part: (e.accuracy, e.count) for part, e in found.items()} == {
        part: (float(part == name), lengths[part] - 2) for part in PARTS
    }
    assert found[name].loss == pytest.approx(math.log(1 + 2 * math.exp(-9)), abs=1e-12)
    assert eval_split(predict, splits, 2) == found["val"]


def test_a_long_part_is_evaluated_piece_by_piece_and_agrees_with_torch():
    rng = np.random.default_rng(0)
    codes, table = rng.integers(0, 5, 2 * AT_ONCE + 77), rng.standard_normal((5, 5))
    splits = Splits(codes[:10], codes, codes[:10])
    found = eval_split(lambda seen: table[seen[:, -1]], splits, 4)
    seen, following = (torch.tensor(np.ascontiguousarray(a)) for a in windows(codes, 4))
    logits = torch.tensor(table)[seen[:, -1]]
    assert found.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, following).item(), abs=1e-12)
    assert found.accuracy == pytest.approx((logits.argmax(1) == following).double().mean().item(), abs=1e-12)


# --- scores ---------------------------------------------------------------------------------


def test_surprise_agrees_with_torch_and_does_not_overflow():
    rng = np.random.default_rng(1)
    logits, targets = 1000.0 * rng.standard_normal((20, 7)), rng.integers(0, 7, 20)
    expected = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(targets), reduction="none"
    )
    assert surprise(logits, targets) == pytest.approx(expected.numpy(), abs=1e-9)
    assert np.exp(log_probabilities(logits)).sum(axis=1) == pytest.approx(np.ones(20))


def test_a_fair_choice_has_the_perplexity_of_its_number():
    assert perplexity(float(surprise(np.zeros((1, 27)), np.array([4]))[0])) == pytest.approx(27.0)


def test_bits_a_character_do_not_depend_on_how_the_text_was_cut():
    """Eight fair coins are eight bits, read one by one or four at a time; the perplexities are 2 and 16."""
    coin, four = math.log(2), math.log(16)
    assert bits_per_character(coin, 8, 8) == pytest.approx(1.0)
    assert bits_per_character(four, 2, 8) == pytest.approx(1.0)
    assert (perplexity(coin), perplexity(four)) == (pytest.approx(2.0), pytest.approx(16.0))
    with pytest.raises(ValueError, match="without characters"):
        bits_per_character(1.0, 1, 0)


def test_a_row_with_nan_is_wrong():
    logits = np.array([[0.0, 1.0], [1.0, 0.0], [np.nan, 1.0]])
    assert accuracy(logits, np.array([1, 1, 0])) == pytest.approx(1 / 3)


def test_slices_add_up_to_the_whole():
    right = np.array([True, True, False, True, False])
    found = accuracy_by_slice(right, ["es", "en", "es", "es", "en"])
    assert list(found) == ["es", "en"]
    assert (found["es"].count, found["es"].accuracy) == (3, pytest.approx(2 / 3))
    assert found["en"].error == pytest.approx(math.sqrt(0.25 / 2))
    assert sum(s.count * s.accuracy for s in found.values()) / 5 == pytest.approx(right.mean())
    with pytest.raises(ValueError, match="5 rows"):
        accuracy_by_slice(right, ["es"])


def test_an_answer_right_as_often_as_it_is_sure_is_calibrated():
    confidence = np.repeat([0.25, 0.75], [40, 80])
    right = np.concatenate([np.arange(40) < 10, np.arange(80) < 60])
    assert [(b.count, b.confidence, b.accuracy) for b in reliability(confidence, right)] == [
        (40, pytest.approx(0.25), pytest.approx(0.25)),
        (80, pytest.approx(0.75), pytest.approx(0.75)),
    ]
    assert calibration_error(confidence, right) == pytest.approx(0.0, abs=1e-12)
    # Always right in place of three times in four: a quarter too modest, on two rows of three.
    assert calibration_error(confidence, right | (confidence > 0.5)) == pytest.approx(80 / 120 * 0.25)


def test_the_ends_of_the_scale_are_in_a_bin():
    found = reliability(np.array([0.0, 0.1, 1.0]), np.array([False, False, True]), bins=10)
    assert [(b.count, b.accuracy) for b in found] == [(2, 0.0), (1, 1.0)]
