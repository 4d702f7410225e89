"""Many cases in one test: each is tried, and each that fails is named."""

from __future__ import annotations

import pytest

from tests.each import each

TRIED: list[int] = []


@each("number", lambda: range(7))
def of_seven(number: int) -> None:
    TRIED.append(number)
    assert number % 3


@each("number", lambda: ())
def of_none(number: int) -> None:
    raise NotImplementedError


@each("number", lambda: range(3))
def test_a_fixture_comes_beside_the_values(number: int, request: pytest.FixtureRequest) -> None:
    assert number < 3
    assert "number" not in request.fixturenames


def test_each_value_is_tried_and_each_that_fails_is_named() -> None:
    with pytest.raises(ExceptionGroup, match=r"3 of 7 failed: 0, 3, 6") as told:
        of_seven()
    assert [*range(7)] == TRIED
    assert [error.__notes__ for error in told.value.exceptions] == [
        [f"number = {number}"] for number in (0, 3, 6)
    ]
    with pytest.raises(AssertionError, match="there is no number"):
        of_none()
