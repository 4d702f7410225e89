"""Numbers and amounts as people write them: the one way, in the kernel and on the page.

``measured`` writes a number for a column, ``said`` the same number for a sentence, and
``settings.rate_text`` a number as one types it. ``js/src/text/format.ts`` has all three, as
measured, said and rate, and tests hold both spellings equal.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context

__all__ = [
    "isolated",
    "many",
    "measured",
    "nearness",
    "rounded",
    "said",
    "significant",
    "told_apart",
]


def significant(value: float, digits: int) -> str:
    """Round to so many significant digits as JavaScript does: a tie goes away from zero."""
    return str(Context(digits, ROUND_HALF_UP).create_decimal_from_float(float(value)))


def measured(value: float) -> str:
    """Write a number as the panel does: with four significant digits, or its whole part.

    The same as ``measured`` in ``js/src/text/format.ts``, true minus signs included.

    >>> [measured(value) for value in (853.52, -20987.6, 1234567, 0.00012, 0)]
    ['853.5', '−20,988', '1.235e6', '1.200e−4', '0']
    """
    if math.isnan(value):
        return "NaN"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    rounded = float(significant(size, 4))
    if rounded == 0:
        return "0"
    if rounded >= 1e6 or rounded < 1e-3:
        mantissa, exponent = f"{rounded:.3e}".split("e")
        return f"{sign}{mantissa}e{int(exponent)}".replace("-", "−")
    digits = max(0, 3 - math.floor(math.log10(rounded)))
    return f"{sign}{rounded if digits else math.floor(size + 0.5):,.{digits}f}"


def said(value: float) -> str:
    """Write a number as ``measured`` does, for a sentence: without zeros that only fill up.

    >>> [said(value) for value in (20, 119, 68.07, 0.5, 0.00012)]
    ['20', '119', '68.07', '0.5', '1.2e−4']
    """
    mantissa, exponent, power = measured(value).partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + exponent + power


def rounded(value: float, digits: int = 2) -> str:
    """Write a number as ``said`` does, with fewer digits: for what is only known roughly.

    >>> [rounded(value) for value in (14120, 2.26, 0.0312)]
    ['14,000', '2.3', '0.031']
    """
    return said(float(f"{value:.{digits}g}"))


def nearness(times: float) -> str:
    """Say how far a loss is from the best possible, as the page does; "" if it is not finite.

    >>> [nearness(times) for times in (106.04, 1.004, math.inf)]
    ['106 times the best possible', 'the best possible', '']
    """
    if not math.isfinite(times):
        return ""
    return "the best possible" if times < 1.005 else f"{said(times)} times the best possible"


def told_apart(before: float, after: float) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to tell them apart."""
    old, new = measured(before), measured(after)
    if old == new and before != after:
        old, new = (f"{value:.9g}".replace("-", "−") for value in (before, after))
    return old, new


# Hebrew, Arabic, Syriac and the other scripts from right to left, by their blocks in Unicode.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolated(name: str) -> str:
    """Return a name for a sentence: one from right to left is isolated from what is around it.

    Else it draws numbers, commas and brackets beside it into its own order, and two such names
    change places (https://www.unicode.org/reports/tr9/). The same as ``isolated`` in
    ``js/src/text/format.ts``; where the page shows a name by itself, ``<bdi>`` does this.

    >>> isolated("Rainfall")
    'Rainfall'
    """
    return f"\u2068{name}\u2069" if _RIGHT_TO_LEFT.search(name) else name


def many(number: int, noun: str) -> str:
    """Count things: "1 row", "1,000 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
