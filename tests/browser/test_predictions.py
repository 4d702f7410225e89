"""Predictions: a row of the reader's own is predicted, and its prediction written out."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect

from linreg_widget import Table, Trainer, crop_yields
from tests.browser.axe import violations
from tests.browser.bridge import Bridge
from tests.browser.parts import show
from tests.said import number

pytestmark = pytest.mark.browser
ROW = {"Temperature": "73", "Rainfall": "67.5", "Humidity": "-4.3e1"}


def own(one: Bridge) -> Locator:
    one.show()
    show(one.page, "Predictions")
    return one.page.locator(".lr-own")


@pytest.mark.parametrize("standardize", [False, True])
def test_the_prediction_is_the_models_and_the_sum_comes_to_it(
    bridge: Callable[..., Bridge], *, standardize: bool
) -> None:
    trainer = Trainer(crop_yields(), standardize=standardize)
    trainer.step(count=7)
    one = bridge(trainer)
    form = own(one)
    expect(form).to_contain_text("Type a number for each feature")
    for _ in range(2):  # typed, and again after the model has moved
        for name, text in ROW.items():
            form.get_by_role("textbox", name=name).fill(text)
        want = trainer.predict(torch.tensor([[73, 67.5, -43]])).numpy()[0]
        for line, target in zip(form.locator("p").all(), want, strict=True):
            words = line.inner_text()
            assert number(words.rpartition("= ")[2]) == pytest.approx(target, rel=1e-3)
            terms = words.partition(" = ")[2].rpartition(" = ")[0].replace("−", "-")
            terms = terms.replace(",", "").replace("·", "*")
            assert re.fullmatch(r"[-+*().e\d ]+", terms)
            total = eval(terms)  # noqa: S307 - numbers and signs alone
            size = np.abs([73, 67.5, 43]).max() * np.abs(trainer.coefficients()[0]).max()
            assert total == pytest.approx(target, abs=2e-3 * size)
        one.panel.step("epoch")
        one.show()
    show(one.page, "Compare")
    show(one.page, "Predictions")
    expect(form.get_by_role("textbox", name="Rainfall")).to_have_value("67.5")


def test_what_is_no_number_is_refused_in_words(bridge: Callable[..., Bridge]) -> None:
    form = own(bridge(Trainer(crop_yields())))
    form.get_by_role("textbox", name="Rainfall").fill("67,5")
    expect(form).to_contain_text("“67,5” is not a number; did you mean 67.5?")
    field = form.get_by_role("textbox", name="Rainfall")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("<b>")
    expect(form).to_contain_text("“<b>” is not a number")
    expect(form.locator("b")).to_have_count(0)


def test_a_table_with_more_features_than_the_page_has_offers_no_row(
    bridge: Callable[..., Bridge],
) -> None:
    rng = np.random.default_rng(0)
    table = Table.of((rng.normal(size=(9, 40)), rng.normal(size=(9, 1))))
    expect(own(bridge(Trainer(table)))).to_have_count(0)


def test_axe_finds_nothing(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()), theme="dark")
    own(one).get_by_role("textbox", name="Rainfall").fill("no")
    assert violations(one.page, ".lr-predictions") == []


LONG = [
    "Average annual rainfall in millimetres",
    "Average annual temperature in degrees",
    "Average annual sunshine in hours per day",
]


def test_long_names_leave_the_rows_in_sight_and_are_told_apart(
    bridge: Callable[..., Bridge],
) -> None:
    rows = [(1, 2, 3, 4), (2, 1, 4, 5), (3, 4, 1, 6), (5, 4, 3, 9)]
    lines = [[*LONG, "Yield"], *([str(number) for number in row] for row in rows)]
    table = Table.parse("\n".join("\t".join(line) for line in lines))
    one = bridge(Trainer(table, learning_rate=1e-3), "predictions")
    one.panel.step("phase", 3)
    one.show()
    batch = one.page.locator(".lr-batch .lr-rows")
    batch.locator("tbody tr").first.wait_for()
    assert batch.evaluate("(box) => box.scrollHeight - box.clientHeight") == 0
    for tab, heads in (("microscope", ".lr-grid thead th"), ("data", ".lr-coefficients tbody th")):
        one.panel.tab = tab
        one.show()
        heading = one.page.locator(f".lr-panel-{tab} {heads}")
        heading.first.wait_for()
        shown = heading.evaluate_all("(all) => all.map((one) => one.innerText).slice(0, 3)")
        words = [
            "…rainfall in millimetres",
            "…temperature in degrees",
            "…sunshine in hours per day",
        ]
        assert shown == words
        for name in LONG:
            headers = one.page.locator(f'.lr-panel-{tab} th[aria-label="{name}"]')
            expect(headers.first).to_have_attribute("title", name)


def test_rows_that_differ_look_different_in_both_tables_and_inside_the_update(
    bridge: Callable[..., Bridge],
) -> None:
    prices = {"size": [1.0, 2.0, 3.0], "price": [2000.9, 2000.5, 2000.1]}
    one = bridge(Trainer(Table.of(prices, targets=["price"]), learning_rate=1e-3, shuffle=False))
    one.panel.step("phase", 2)
    one.show()
    show(one.page, "Predictions")
    shown = ["2,000.9", "2,000.5", "2,000.1"]
    expect(one.page.locator(".lr-batch tbody td:nth-child(3)")).to_have_text(shown)
    one.page.get_by_role("button", name="All rows as a table").click()
    expect(one.page.locator(".lr-onefit tbody td:nth-child(2)")).to_have_text(shown)
    show(one.page, "Inside the update")
    y = one.page.get_by_role("grid", name="y")
    expect(y.locator("td > span")).to_have_text(shown)
    expect(y.locator("td[data-at]").first).to_have_accessible_name(re.compile(r"2,000\.9$"))


SAME_ROW = """() => {
  const at = (where) => [...document.querySelectorAll(where)].map((one) =>
    one.getBoundingClientRect());
  const [first, second] = at('.lr-onefit');
  const [own] = at('.lr-own');
  return [Math.round(first.y - second.y), own.y >= first.bottom ? Math.round(own.x - first.x) : 0];
}"""
LINES = """() => [...document.querySelectorAll('.lr-batch thead bdi')].filter((one) =>
  !one.textContent.includes(' ') && one.getBoundingClientRect().height
    > 1.5 * parseFloat(getComputedStyle(one).lineHeight)).map((one) => one.textContent)"""


@pytest.mark.parametrize("width", [660, 764])
def test_on_half_a_page_both_charts_stand_side_by_side_and_each_word_in_one_line(
    bridge: Callable[..., Bridge], width: int
) -> None:
    one = bridge(Trainer(crop_yields(), learning_rate=1e-5), width=width)
    own(one)
    assert one.page.evaluate(SAME_ROW) == [0, 0]
    assert one.page.evaluate(LINES) == []
