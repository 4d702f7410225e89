"""Numbers and amounts as people write them: the one way, in the kernel and on the page.

``measured`` writes a number for a column, ``said`` the same number for a sentence, ``rate_text`` a
number as people type it, ``times`` a multiple and ``percent`` a share. ``js/src/text/format.ts``
has them all, as measured, said, rate, factor and percent, and tests hold both spellings equal.

In every language the decimal mark is a point, as in the code and the tensors beside it. In English,
commas separate groups of three digits. Elsewhere a comma would be read as a decimal mark, so a
narrow space takes its place, as ISO 80000-1 recommends.
"""

from __future__ import annotations

import math
import re
import unicodedata
from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Context

LANGUAGE: ContextVar[str] = ContextVar("linreg_widget.language", default="en")
"""What is spoken now; see ``messages/languages.py``."""


def grouped(digits: str) -> str:
    """Write commas between groups of three digits as the language has them.

    >>> grouped("1,234,567")
    '1,234,567'
    """
    return digits if LANGUAGE.get() == "en" else digits.replace(",", "\N{NARROW NO-BREAK SPACE}")


def count(number: float) -> str:
    """Write a whole number: 1,234,567."""
    return grouped(f"{math.floor(number + 0.5):,}".replace("-", "−"))


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
    return grouped(f"{sign}{rounded if digits else math.floor(size + 0.5):,.{digits}f}")


def said(value: float, digits: int = 4) -> str:
    """Write a number as ``measured`` does, for a sentence: without trailing zeros.

    Fewer digits are for a number that is only known roughly.

    >>> [said(value) for value in (20, 119, 68.07, 0.5, 0.00012)]
    ['20', '119', '68.07', '0.5', '1.2e−4']
    >>> [said(value, 2) for value in (14120, 2.26, 0.0312)]
    ['14,000', '2.3', '0.031']
    """
    if digits < 4 and math.isfinite(value):
        value = float(significant(value, digits))
    mantissa, exponent, power = measured(value).partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + exponent + power


def rate_text(rate: float, digits: int = 7) -> str:
    """Write a learning rate as people type it, and as the panel shows it.

    >>> [rate_text(rate) for rate in (1e-05, 1.1155e-4, 0.0001, 0.05, 1.0)]
    ['1e-5', '1.1155e-4', '1e-4', '0.05', '1']
    """
    if not math.isfinite(rate):
        return measured(rate)
    rate = float(significant(rate, digits))
    text, size = f"{rate:.7g}", abs(rate)
    if 0 < size < 0.02 or size >= 1e6:
        mantissa, _, exponent = f"{rate:.6e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text


def times(factor: float) -> str:
    """Write how many times as much something is, for a sentence, with as many digits as matter.

    >>> [times(factor) for factor in (1.0149, 2.69, 36.4, 105.6, 9138.6, 12_345_678)]
    ['1.01', '2.7', '36', '106', '9,139', '1.2e7']
    """
    enough = ((1.1, 3), (100, 2), (1000, 3), (1e6, 4))
    return said(factor, next((digits for end, digits in enough if factor < end), 2))


def percent(share: float) -> str:
    """Write a share with one digit below ten percent, and without a fraction above.

    >>> [percent(share) for share in (0.00896, 0.62, 1e-6)]
    ['0.9%', '62%', 'less than 0.01%']
    """
    value, english = share * 100, LANGUAGE.get() == "en"
    sign = "%" if english else "\N{NO-BREAK SPACE}%"
    if 0 < value < 0.01:
        return f"{'less than' if english else '<'} 0.01{sign}"
    if value == 0 or value >= 10:
        return f"{math.floor(value + 0.5)}{sign}"
    return f"{float(significant(value, 1)):g}{sign}"


def told_apart(before: float, after: float) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to tell them apart."""
    old, new = measured(before), measured(after)
    if old == new and before != after:
        old, new = (f"{value:.9g}".replace("-", "−") for value in (before, after))
    return old, new


def width(text: str) -> int:
    """Return the columns that a text takes up: two for a wide letter, none for an accent.

    >>> [width(text) for text in ("rate", "学習", "e\N{COMBINING ACUTE ACCENT}")]
    [4, 4, 1]
    """
    narrow = (one for one in text if unicodedata.category(one) not in ("Mn", "Me", "Cf"))
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in narrow)


# Hebrew, Arabic, Syriac and the other scripts from right to left, by their blocks in Unicode.
_RIGHT_TO_LEFT = (
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolated(name: str) -> str:
    """Return a name for a sentence: one from right to left is isolated from what is around it.

    Otherwise it would draw the numbers, commas and brackets beside it into its own order, and two
    such names would change places (https://www.unicode.org/reports/tr9/). The same as ``isolated``
    in ``js/src/text/format.ts``; where the page shows a name by itself, ``<bdi>`` does this.

    >>> isolated("Rainfall")
    'Rainfall'
    """
    turned = not name.isascii() and re.search(_RIGHT_TO_LEFT, name)
    return f"\u2068{name}\u2069" if turned else name
