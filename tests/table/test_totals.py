"""A row called a total is noticed, whatever it sums up; one that only sounds like it is not."""

from __future__ import annotations

import pytest

from linreg_widget import Table
from tests.table.seen import words

ROWS = "Berlin,10,3\nParis,20,5\nRome,30,4\n"


@pytest.mark.parametrize(
    "name",
    ["Total", "total", "TOTAL:", "Totals", "Grand total", "Subtotal", "Sub-Total", "Sum", "Summe",
     "Gesamt", "Insgesamt", "Overall", "Average", "Avg.", "Mean", "Median", "Moyenne", "Σ"],
)  # fmt: skip
def test_a_total_of_other_rows_than_these_is_noticed(name: str) -> None:
    text = f"city,sales,staff\n{ROWS}{name},75,19\n"
    assert f"The row {name} is called a total or a mean" in words(Table.parse(text))
    assert "leave it out" in words(Table.parse(text))


def test_totals_of_groups_are_named_together() -> None:
    text = (
        "city,sales,staff\nBerlin,10,3\nBonn,2,1\nSubtotal,12,4\nParis,20,5\nLyon,7,2\nTotal,39,11"
    )
    assert "The rows Subtotal and Total are called a total or a mean" in words(Table.parse(text))


def test_a_total_of_all_others_is_told_as_before() -> None:
    text = f"city,sales,staff\n{ROWS}Total,60,12\n"
    assert words(Table.parse(text)) == (
        "The row Total is the sum of the others, so it is not an observation like them: "
        "leave it out."
    )


@pytest.mark.parametrize(
    "name", ["Allentown", "All Saints", "Totalisator", "Meaning", "Summerville", "Average Joe"]
)
def test_a_name_that_only_sounds_like_one_is_no_total(name: str) -> None:
    assert words(Table.parse(f"city,sales,staff\n{ROWS}{name},75,19\n")) == ""
