"""Misses come back every seven days until they were right three times in a row; some hits come back once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.truth.spacing import DAY, EVERY, TIMES, Policy, Returning, Try, returning

MISS = Try(1, 0.0, right=False, confidence=70)


def retry(number: int, day: float, right: bool) -> Try:
    return Try(number, day * DAY, right=right, confidence=70, review_of=1)


@pytest.mark.parametrize("confidence", [30, 50, 70, 90])
def test_every_miss_comes_back(confidence: int) -> None:
    assert [one.number for one in returning([Try(1, 0, False, confidence)])] == [1]


def test_of_the_hits_the_least_sure_and_every_fourth_come_back() -> None:
    tries = [Try(n, 0, True, 90) for n in range(1, 9)] + [Try(9, 0, True, 50), Try(10, 0, True, 30)]
    assert sorted(one.number for one in returning(tries)) == [4, 8, 9, 10]


def test_it_is_due_when_its_days_are_over_and_not_before() -> None:
    (one,) = returning([MISS])
    assert one.days == EVERY
    assert not one.is_due(EVERY * DAY - 1)
    assert one.is_due(EVERY * DAY)


def test_the_interval_stays_the_same() -> None:
    """What the screens say of the schedule: fixed, and not growing."""
    days = [returning([MISS])[0].days]
    days.append(returning([MISS, retry(2, 7, True)])[0].days)
    days.append(returning([MISS, retry(2, 7, True), retry(3, 14, True)])[0].days)
    assert days == [EVERY] * TIMES


def test_a_wrong_retry_starts_again() -> None:
    tries = [MISS, retry(2, 7, True), retry(3, 14, False)]
    assert returning(tries) == (Returning(1, False, 70, 14 * DAY, EVERY),)
    tries += [retry(4, 21, True), retry(5, 28, True)]
    assert len(returning(tries)) == 1
    assert returning([*tries, retry(6, 35, True)]) == ()


def test_a_hit_is_done_after_one_right_retry_and_a_miss_from_then_on_after_a_wrong_one() -> None:
    hit = Try(1, 0.0, right=True, confidence=50)
    assert returning([hit, retry(2, 7, True)]) == ()
    (one,) = returning([hit, retry(2, 7, False)])
    assert (one.right, one.last) == (False, 7 * DAY)
    assert len(returning([hit, retry(2, 7, False), retry(3, 14, True)])) == 1


def test_a_wrong_retry_is_no_second_miss() -> None:
    assert [one.number for one in returning([MISS, retry(2, 7, False)])] == [1]


def test_the_surest_and_the_least_sure_misses_come_first_and_of_equals_the_longest_overdue() -> None:
    tries = [
        Try(1, 0.0, False, 70),
        Try(2, 1.0, True, 50),
        Try(3, 3.0, False, 90),
        Try(5, 2.0, False, 50),
        Try(6, 5.0, False, 70),
    ]
    assert [one.number for one in returning(tries)] == [5, 3, 1, 6, 2]


def test_a_policy_says_what_comes_back() -> None:
    tries = [Try(1, 0, False, 90), Try(2, 0, False, 50), Try(3, 0, True, 50)]

    def numbers(policy: Policy) -> list[int]:
        return [one.number for one in returning(tries, policy)]

    assert numbers(Policy(surest=False, others=False, hits=False)) == []
    assert numbers(Policy(others=False, hits=False)) == [1]
    assert numbers(Policy(hits=False)) == [1, 2]


@given(st.lists(st.booleans(), max_size=12))
def test_it_ends_with_three_right_in_a_row_and_only_then(answers: list[bool]) -> None:
    row, done = 0, False
    for right in answers:
        done = done or row == TIMES
        if not done:
            row = row + 1 if right else 0
    tries = [MISS]
    for i, right in enumerate(answers):
        if not returning(tries):
            break
        tries.append(retry(i + 2, i + 1, right))
    assert (returning(tries) == ()) == (row == TIMES)
