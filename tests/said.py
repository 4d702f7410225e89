"""What two say of the same thing: the same words, and the same numbers but for the last digit."""

from __future__ import annotations

import re

import pytest

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?:e[+−-]?\d+)?")


def number(text: str) -> float:
    """Read a number as the widget writes it."""
    return float(text.replace(",", "").replace("−", "-"))


def numbers(text: str) -> list[float]:
    """Return all numbers of a text, without their signs."""
    return [number(one) for one in NUMBER.findall(text)]


def words(text: str) -> str:
    """Return a text without its numbers."""
    return NUMBER.sub("#", text)


def same_words(shown: str, true: str) -> None:
    """Assert that texts are the same, and their numbers but for the last of four digits."""
    assert words(shown) == words(true)
    assert numbers(shown) == pytest.approx(numbers(true), rel=1.1e-3)
