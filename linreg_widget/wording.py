"""Numbers and amounts as people write them: arithmetic on text, no screen."""

from __future__ import annotations

import math
import re

__all__ = ["isolated", "many", "measured", "number_text", "said"]


def number_text(value: float) -> str:
    """Write a number with four significant digits, as people do.

    >>> [number_text(value) for value in (0.0025, 96.128, 12345, 1e6)]
    ['0.0025', '96.13', '12,340', '1e6']
    """
    if not math.isfinite(value):
        return "not finite"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 999_950:
        digits = 3 - math.floor(math.log10(abs(value)))
        text = f"{round(value, digits):,.{max(digits, 0)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def measured(value: float) -> str:
    """Write a number as the panel does: with four significant digits, or its whole part.

    The same as ``measured`` in ``js/src/format.ts``, true minus signs included.

    >>> [measured(value) for value in (853.52, -20987.6, 1234567, 0.00012, 0)]
    ['853.5', '−20,988', '1.235e6', '1.200e−4', '0']
    """
    if math.isnan(value):
        return "NaN"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    rounded = float(f"{size:.3e}")
    if rounded == 0:
        return "0"
    if rounded >= 1e6 or rounded < 1e-3:
        mantissa, exponent = f"{size:.3e}".split("e")
        return f"{sign}{mantissa}e{int(exponent)}".replace("-", "−")
    digits = max(0, 3 - math.floor(math.log10(rounded)))
    return f"{sign}{rounded if digits else size:,.{digits}f}"


def said(value: float) -> str:
    """Write a number as ``measured`` does, for a sentence: without zeros that only fill up.

    >>> [said(value) for value in (20, 119, 68.07, 0.5, 0.00012)]
    ['20', '119', '68.07', '0.5', '1.2e−4']
    """
    mantissa, exponent, power = measured(value).partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + exponent + power


# Hebrew, Arabic, Syriac and the other scripts from right to left, by their blocks in Unicode.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolated(name: str) -> str:
    """Return a name for a sentence: one from right to left is isolated from what is around it.

    Else it draws numbers, commas and brackets beside it into its own order, and two such names
    change places (https://www.unicode.org/reports/tr9/). The same as ``isolated`` in
    ``js/src/format.ts``; where the page shows a name by itself, ``<bdi>`` does this.

    >>> isolated("Rainfall")
    'Rainfall'
    """
    return f"\u2068{name}\u2069" if _RIGHT_TO_LEFT.search(name) else name


def many(number: int, noun: str) -> str:
    """Count things: "1 row", "1,000 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
