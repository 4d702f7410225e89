"""Your data: a table is pasted in the page, seen with its notices, and trained on."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Table, Trainer, TrainerWidget, crop_yields
from tests.browser.axe import violations
from tests.browser.bridge import Bridge

pytestmark = pytest.mark.browser

CITIES = "City\tRooms\tPrice\nLyon\t2\t$1,200\nRome\t3\t$1,900\nLyon\t4\t$2,300\nParis\t1\t$1,100"
HOSTILE = (
    "<script>window.broken = 1</script>\t<img src=x onerror='window.broken = 2'>\t"
    "עברית & <b>bold</b>\tسعر ($)\n"
    "</textarea><script>window.broken = 3</script>\t1\t2\t$3\n"
    "{{constructor.constructor('window.broken = 4')()}}\t2\t5\t$4\n"
    "\u202eevil\u202c\t4\t1\t$9\n" + "z" * 5_000 + "\t3\t2\t$7\n"
)


@pytest.fixture
def bridge(bridge: Callable[..., Bridge]) -> Callable[..., Bridge]:
    return partial(bridge, tab="data")


def box(page: Page) -> Locator:
    return page.locator(".lr-paste")


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="A table, pasted or typed")


def opened(one: Bridge) -> Page:
    one.page.get_by_role("button", name="Paste a table").click()
    return one.page


def paste_here(page: Page, text: str) -> None:
    """Paste a text where the cursor is."""
    field(page).evaluate(
        """(field, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const options = { clipboardData: data, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def pasted(page: Page, text: str) -> None:
    """Put a text in place of what is there."""
    if len(text) < 10_000:
        field(page).fill(text)
        return
    field(page).fill("")
    paste_here(page, text)


def choose(page: Page, column: str, role: str) -> None:
    group = page.get_by_role("radiogroup", name=f"What {column} is", exact=True)
    group.get_by_role("radio", name=role, exact=True).check(force=True)


def train(page: Page) -> None:
    button = page.get_by_role("button", name="Train on it")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.click()
    expect(field(page)).to_have_count(0)


def test_a_table_is_pasted_seen_and_trained_on_and_undo_goes_back(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(crop_yields(), seed=4))
    first = one.panel.trainer
    one.panel.run(1)
    one.show()
    page = opened(one)
    expect(field(page)).to_be_focused()
    pasted(page, "Size\tPrice\n40\t$1,200\n55\t$1,900\n70\t$2,300")
    expect(box(page)).to_contain_text("3 rows: Price from Size.")
    expect(box(page)).to_contain_text("Every cell of Price carries $, which is read as its unit.")
    assert one.panel.trainer is first, "it is only seen so far"
    train(page)
    trainer = one.panel.trainer
    assert trainer is not first
    assert trainer.table == Table.parse("Size,Price ($)\n40,1200\n55,1900\n70,2300")
    assert trainer.settings.seed == 4
    assert first.table == crop_yields()
    expect(page.locator(".lr-bar")).to_contain_text("Your data")
    expect(page.locator(".lr-data")).to_contain_text("3 rows · 1 feature → 1 target")
    one.panel.run()
    one.show()
    box(page).get_by_role("button", name="Undo").click()
    expect(page.locator(".lr-bar")).to_contain_text("Crop yields")
    assert one.panel.trainer is first
    assert first.position.update == 5
    page.get_by_role("button", name="Paste a table").click()
    expect(field(page)).to_have_value(re.compile("Size\tPrice"))


def test_the_target_is_chosen_by_a_click_and_words_are_encoded_or_left_out(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    pasted(page, CITIES)
    alert = box(page).get_by_role("alert")
    expect(alert).to_contain_text("has 'Lyon' in several rows")
    expect(box(page)).to_contain_text("Choose what each column is, or change the text.")
    button = page.get_by_role("button", name="Train on it")
    expect(button).to_have_attribute("aria-disabled", "true")
    choose(page, "City", "0/1 columns")
    expect(box(page)).to_contain_text("4 rows: Price from City = Paris, City = Rome and Rooms.")
    expect(box(page)).to_contain_text("a row of zeros means Lyon, the baseline")
    choose(page, "Rooms", "Target")
    expect(box(page)).to_contain_text("4 rows: Rooms from City = Paris, City = Rome and Price.")
    page.get_by_label("Several targets").check()
    choose(page, "Price", "Target")
    expect(box(page)).to_contain_text("4 rows: Rooms and Price from")
    choose(page, "City", "Left out")
    expect(alert).to_contain_text("No column is a feature: click Feature")
    choose(page, "Rooms", "Feature")
    expect(box(page)).to_contain_text("4 rows: Price from Rooms.")
    choose(page, "City", "Row names")
    expect(box(page)).to_contain_text("4 rows: Price from Rooms.")
    train(page)
    table = one.panel.trainer.table
    assert table.row_names == ("Lyon", "Rome", "Lyon", "Paris")
    assert (table.feature_names, table.target_names) == (("Rooms",), ("Price",))
    assert one.panel.trainer.table.target_units == ("$",)


def test_rows_with_gaps_are_left_out_and_rows_are_held_out(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    lines = [f"{k},{k * k}" if k % 5 else f"{k}," for k in range(20)]
    pasted(page, "\n".join(["x,y", *lines]))
    expect(box(page).get_by_role("alert")).to_contain_text("column 'y'")
    page.get_by_label("Leave out rows with gaps").check()
    expect(box(page)).to_contain_text("16 rows: y from x.")
    expect(box(page)).to_contain_text("4 rows with gaps were left out")
    box(page).get_by_label("held out").select_option("20%")
    train(page)
    trainer = one.panel.trainer
    assert trainer.held_out is not None
    assert (trainer.table.rows, trainer.held_out.rows) == (13, 3)
    expect(page.locator(".lr-monitor")).to_contain_text("held out")


def test_a_decimal_mark_settles_what_the_cells_do_not_say(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    pasted(page, "x;y\n1,234;5\n2,345;6\n3,456;9")
    expect(box(page).get_by_role("alert")).to_contain_text("1,234")
    page.get_by_label("Decimal mark").select_option("comma")
    expect(box(page)).to_contain_text("3 rows: y from x.")
    train(page)
    assert one.panel.trainer.table.inputs[0, 0] == np.float32(1.234)


def test_hostile_cells_are_text(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    pasted(page, HOSTILE)
    expect(box(page)).to_contain_text("4 rows: سعر from")
    expect(box(page).locator("script, img, b, a")).to_have_count(0)
    heads = box(page).get_by_role("rowheader").all_inner_texts()
    assert heads[0].startswith("<script>window.broken = 1</script>")
    assert heads[2].startswith("עברית & <b>bold</b>")
    longest = max(len(text) for text in box(page).locator("td bdi").all_inner_texts())
    assert longest <= 60
    wide = "(box) => box.scrollWidth <= box.clientWidth + 1"
    assert box(page).evaluate(wide), "a long cell widens nothing"
    train(page)
    table = one.panel.trainer.table
    assert table.feature_names[1] == "עברית & <b>bold</b>"
    assert len(table.row_names[3]) == 5_000
    one.panel.run()
    one.show()
    for tab in ("Data and line", "Predictions", "Inside the update", "What the data say"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".lr-panel").locator("script, img, b:not(figcaption b)")).to_have_count(
            0
        )
    assert page.evaluate("window.broken") is None


def test_ten_thousand_rows_are_read(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(10_000, 4)).round(5)
    pasted(page, "\n".join(["a,b,c,y", *(",".join(map(str, row)) for row in numbers.tolist())]))
    expect(box(page)).to_contain_text("10,000 rows: y from a, b and c.")
    expect(box(page).get_by_role("row")).to_have_count(5)
    train(page)
    assert one.panel.trainer.table.rows == 10_000
    np.testing.assert_array_equal(one.panel.trainer.table.targets[:, 0], numbers[:, 3].astype("f4"))


def test_what_is_too_long_is_not_taken_and_what_is_there_stays(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    pasted(page, "a,b\n1,2\n3,5")
    expect(box(page)).to_contain_text("2 rows: b from a.")
    field(page).press("End")
    paste_here(page, "1,2\n" * 250_000)
    alert = box(page).get_by_role("alert")
    expect(alert).to_contain_text("The text has 1,000,011 characters, and 1,000,000 is the most")
    expect(field(page)).to_have_value("a,b\n1,2\n3,5")
    assert len([each for each in page.evaluate("sent") if each["kind"] == "paste"]) == 1
    field(page).press_sequentially("\n4,7")
    expect(alert).to_be_empty()
    expect(box(page)).to_contain_text("3 rows: b from a.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n3", "Line 3 has 1 cell, but the header has 2"),
        ("<table><tr><td>1", "This is HTML"),
        ("hello", "one column only"),
        ("https://example.org/a.csv", "pd.read_csv"),
    ],
)
def test_a_refusal_stands_at_the_box_and_nothing_typed_is_lost(
    bridge: Callable[..., Bridge], text: str, words: str
) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    pasted(page, text)
    expect(box(page).get_by_role("alert")).to_contain_text(words)
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("tab", name="What the data say").click()
    expect(field(page)).to_have_value(text)
    expect(box(page).get_by_role("alert")).to_contain_text(words)
    pasted(page, "a,b\n1,2\n3,5")
    expect(box(page)).to_contain_text("2 rows: b from a.")
    expect(box(page).get_by_role("alert")).to_be_empty()


def test_a_text_is_read_though_its_tab_is_left_at_once(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    field(page).evaluate(
        """(field, text) => {
          field.value = text;
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          document.querySelector("[role=tab][aria-selected=false]").click();
        }""",
        "a,b\n1,2\n3,5",
    )
    expect(page.get_by_role("tabpanel", name="Loss")).to_be_visible()
    page.get_by_role("tab", name="What the data say").click()
    expect(box(page)).to_contain_text("2 rows: b from a.")


def test_keys_typed_into_the_box_do_nothing_else(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields()))
    page = opened(one)
    field(page).press_sequentially("a b\n1 2\n3 5 ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+z")
    kinds = {each["kind"] for each in page.evaluate("sent")}
    assert kinds <= {"hello", "look", "tape", "paste"}
    assert one.panel.trainer.table == crop_yields()


def test_a_page_without_a_kernel_says_that_it_needs_one(own_page: Callable[..., Page]) -> None:
    widget = TrainerWidget(plot=None, epochs=2, tab="data")
    widget.run()
    page = own_page(widget, size=(1000, 1000))
    expect(box(page)).to_contain_text("kernel")
    button = page.get_by_role("button", name="Paste a table")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(field(page)).to_have_count(0)


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_a_lesson_can_withhold_it(bridge: Callable[..., Bridge], how: str) -> None:
    one = bridge(Trainer(crop_yields()))
    setattr(one.panel, how, ("paste",))
    one.show()
    button = one.page.get_by_role("button", name="Paste a table")
    if how == "hide":
        expect(box(one.page)).to_have_count(0)
        return
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(box(one.page)).to_contain_text("Locked by the lesson")
    button.click(force=True)
    expect(field(one.page)).to_have_count(0)


@pytest.mark.parametrize(("width", "theme"), [(1036, "light"), (390, "dark")])
def test_axe_finds_nothing(bridge: Callable[..., Bridge], width: int, theme: str) -> None:
    one = bridge(Trainer(crop_yields()), width=width, theme=theme)
    page = opened(one)
    for text in (CITIES, "a,b\n1,2%\n3,5%"):
        pasted(page, text)
        expect(box(page).get_by_role("table")).to_be_visible()
        assert violations(page, ".lr-paste") == []
