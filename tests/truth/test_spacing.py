"""Confident misses come back after 1, 7 and 30 days, until they were right each time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lynx.truth.spacing import DAY, DAYS, Returning, Try, returning

MISS = Try(1, 0.0, right=False, sure=True)


def retry(number: int, day: float, right: bool) -> Try:
    return Try(number, day * DAY, right=right, sure=True, review_of=1)


def test_only_confident_misses_come_back() -> None:
    tries = [Try(1, 0, True, True), Try(2, 1, False, False), Try(3, 2, False, True)]
    assert [one.number for one in returning(tries)] == [3]


def test_it_is_due_when_a_day_is_over_and_not_before() -> None:
    (one,) = returning([MISS])
    assert one.days == 1
    assert not one.is_due(DAY - 1)
    assert one.is_due(DAY)


def test_right_retries_move_it_on_to_the_end() -> None:
    tries = [MISS, retry(2, 1, True)]
    assert returning(tries) == (Returning(1, DAY, 7),)
    tries.append(retry(3, 8, True))
    assert returning(tries) == (Returning(1, 8 * DAY, 30),)
    assert returning([*tries, retry(4, 40, True)]) == ()


def test_a_wrong_retry_starts_again() -> None:
    tries = [MISS, retry(2, 1, True), retry(3, 8, False)]
    assert returning(tries) == (Returning(1, 8 * DAY, 1),)


def test_a_wrong_retry_is_no_second_miss() -> None:
    assert [one.number for one in returning([MISS, retry(2, 1, False)])] == [1]


def test_the_longest_overdue_comes_first() -> None:
    tries = [Try(1, 5.0, False, True), Try(2, 1.0, False, True)]
    assert [one.number for one in returning(tries)] == [2, 1]


@given(st.lists(st.booleans(), max_size=12))
def test_it_ends_with_three_right_in_a_row_and_only_then(answers: list[bool]) -> None:
    row, done = 0, False
    for right in answers:
        done = done or row == len(DAYS)
        if not done:
            row = row + 1 if right else 0
    tries = [MISS]
    for i, right in enumerate(answers):
        if not returning(tries):
            break
        tries.append(retry(i + 2, i + 1, right))
    assert (returning(tries) == ()) == (row == len(DAYS))
