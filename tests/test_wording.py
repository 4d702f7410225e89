"""Numbers are written in one way, by the kernel and on the page."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import linreg_widget
from linreg_widget.wording import measured, percent, rate_text, said, times
from tests import node

SIZES = (
    *(1.0, 1.0005, 1.25, 2.0, 3.14159265, 5.5, 9.9994, 9.9995, 9.9996, 9.99951, 8.628, 1.4),
    *(1.99999994, 4.363049, 9.9999996),
)
GRID = [
    0.0,
    *(
        sign * size * 10.0**power
        for size, power in product(SIZES, range(-45, 39))
        for sign in (1, -1)
    ),
]


def test_the_page_and_the_kernel_spell_every_number_alike() -> None:
    imports = 'import { factor, measured, percent, rate, said } from "./text/format";'
    body = """return args[0].map((x: number) => [
        measured(x), said(x), said(x, 2), rate(x), rate(x, 3),
        factor(Math.abs(x)), percent(Math.min(1, Math.abs(x)))]);"""
    page = node.call(f"{imports}\n{body}", GRID)
    kernel = [
        [
            *(measured(x), said(x), said(x, 2), rate_text(x), rate_text(x, 3)),
            *(times(abs(x)), percent(min(1.0, abs(x)))),
        ]
        for x in GRID
    ]
    assert [one for one in zip(GRID, kernel, page, strict=True) if one[1] != one[2]] == []


def test_a_sentence_leaves_out_zeros_that_only_fill_up() -> None:
    numbers = (20, 20_000, 119, 68.07, 0.5, 1.2e-4, 8.628e33, 1.4e4, 0)
    assert [said(number) for number in numbers] == (
        ["20", "20,000", "119", "68.07", "0.5", "1.2e−4", "8.628e33", "14,000", "0"]
    )


def test_no_number_reaches_a_reader_in_a_spelling_of_its_own() -> None:
    """``:.3g`` and its like write 1.4e+04 where the page writes 14,000."""
    spelling = {"wording"}  # it is the one way
    # Digits to be read back: rounded values, ticks of axes; cells of CSV; a number from a table.
    read_back = re.compile(r"""float\(f["']|:\.12g|:\.15g|:\.6g""")
    found = [
        f"{path.name}: {line.strip()}"
        for path in Path(linreg_widget.__file__).parent.rglob("*.py")
        if path.stem not in spelling
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r":[+]?(\.\d+)?[ge]\}", line) and not read_back.search(line)
    ]
    assert found == []
