"""Hands quicker than the answers: what they do is what it would be with an answer between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from linreg_widget import Table, Trainer, crop_yields
from tests.browser.bridge import Bridge
from tests.browser.parts import alert, button, enter, panel, show, slider
from tests.browser.test_draw import TEXT, Plane

pytestmark = pytest.mark.browser


@pytest.fixture
def one(bridge: Callable[..., Bridge]) -> Bridge:
    return bridge(Trainer(crop_yields(), learning_rate=1e-5, epochs=200))


@contextmanager
def unanswered(one: Bridge) -> Iterator[None]:
    """Let the page hear no answer within the block."""
    one.hold()
    yield
    one.let_go()


def keys(one: Bridge, *pressed: str) -> None:
    panel(one.page).focus()
    for key in pressed:
        one.page.keyboard.press(key)


def kinds(one: Bridge) -> list[str]:
    """Return what the page has asked for, without what nobody has pressed."""
    unpressed = ["advance", "hello", "look", "tape"]
    sent = one.page.evaluate("sent.map(({ kind }) => kind)")
    return [kind for kind in sent if kind not in unpressed]


def rates(one: Bridge) -> list[float | None]:
    return [each.settings.learning_rate for each in one.panel.trainer.recording.segments]


def test_ten_steps_are_ten_and_ten_back_lead_back(one: Bridge) -> None:
    with unanswered(one):
        keys(one, *["ArrowRight"] * 10)
    assert one.panel.trainer.position.update == 10
    with unanswered(one):
        for _ in range(10):
            button(one.page, "Step").click()
        for _ in range(10):
            button(one.page, "Back").click()
    assert one.panel.trainer.position.update == 10
    with unanswered(one):
        keys(one, "ArrowRight", "Home", "ArrowRight", "ArrowRight")
    assert one.panel.trainer.position.update == 2
    expect(slider(one.page, "Timeline")).to_have_value("2")
    assert kinds(one) == [*["step"] * 20, *["back"] * 10, "step", "reset", "step", "step"]


def test_run_twice_is_run_and_pause(one: Bridge) -> None:
    with unanswered(one):
        keys(one, " ")
        expect(button(one.page, "Pause")).to_be_visible()
        keys(one, " ")
        expect(button(one.page, "Run")).to_be_visible()
    assert (kinds(one), one.panel.status) == (["run", "pause"], "ready")
    one.panel.speed, one.panel.epochs = 20, 1_000_000  # it does not end by itself
    one.show()
    with unanswered(one):
        keys(one, " ", " ", " ")
    one.until(lambda: one.panel.trainer.position.update > 0)
    with unanswered(one):
        keys(one, " ", " ", " ")
    assert kinds(one)[2:] == ["run", "pause", "run", "pause", "run", "pause"]
    assert one.panel.status == "paused"
    expect(button(one.page, "Run")).to_be_visible()


def test_a_step_is_made_with_the_rate_that_is_shown(one: Bridge) -> None:
    field = one.page.get_by_role("textbox", name="Learning rate value")
    with unanswered(one):
        for _ in range(3):
            slider(one.page, "Learning rate").press("ArrowLeft")
        shown = float(field.input_value())
        keys(one, "ArrowRight")
        enter(one.page, "Learning rate", "3e-6")
        keys(one, "ArrowRight")
    assert 1e-6 < shown < 1e-5
    assert rates(one) == [shown, 3e-6]
    assert (one.panel.learning_rate, one.panel.trainer.position.update) == (3e-6, 2)
    expect(field).to_have_value("3e-6")


@pytest.mark.parametrize("setting", ["Seed", "Standardize"])
def test_a_setting_that_begins_a_finished_run_anew_loses_no_key(one: Bridge, setting: str) -> None:
    one.panel.run()
    one.show()
    button(one.page, "More").click() if setting == "Seed" else None
    expect(button(one.page, "Step")).to_have_attribute("aria-disabled", "true")
    with unanswered(one):
        if setting == "Seed":
            enter(one.page, "Seed", "7")
        else:
            one.page.get_by_role("checkbox", name="Standardize").check()
        keys(one, "ArrowRight", "ArrowRight")
    trainer = one.panel.trainer
    assert (trainer.position.update, kinds(one)) == (2, ["step", "step"])
    assert (trainer.settings.seed, trainer.settings.standardize) == (
        (7, False) if setting == "Seed" else (0, True)
    )


def test_start_again_twice_starts_again_once_and_refuses_nothing(one: Bridge) -> None:
    one.panel.change(learning_rate=1e-3)
    one.panel.run()
    one.show()
    again = one.page.locator(".lr-rescue button").first
    with unanswered(one):
        again.click()
        again.click()
    assert kinds(one) == ["rescue"]
    assert (one.panel.status, one.panel._alert) == ("ready", "")
    expect(alert(one.page)).to_be_empty()


def test_a_drag_on_the_timeline_and_a_step_go_on_from_where_it_was_left(one: Bridge) -> None:
    one.panel.run(2)
    one.show()
    with unanswered(one):
        for _ in range(3):
            slider(one.page, "Timeline").press("ArrowLeft")
        keys(one, "ArrowRight", "ArrowRight", "ArrowLeft")
    assert one.panel.trainer.position.update == 8
    expect(slider(one.page, "Timeline")).to_have_value("8")


def test_w_set_twice_by_hand_is_taken_back_twice(one: Bridge) -> None:
    one.panel.step(count=2)
    one.show()
    first = one.panel.trainer.model.w.tolist()
    tensors = show(one.page, "Inside the update")
    one.answered()
    weight = tensors.locator("figure:has(figcaption b:text-is('w')) td[data-at='0,1']")
    with unanswered(one):
        for value in ("7", "8"):
            weight.dblclick()
            one.page.locator(".lr-edit").fill(value)
            one.page.keyboard.press("Enter")
    assert one.panel.trainer.model.w[0, 1] == 8
    with unanswered(one):
        keys(one, "Control+z", "Control+z")
    assert one.panel.trainer.model.w.tolist() == first
    assert (kinds(one), one.panel._alert) == (["set", "set", "undo", "undo"], "")


def test_undo_once_more_than_there_is_to_undo_does_and_says_nothing(one: Bridge) -> None:
    one.panel.step(count=2)
    one.panel.set(b=[5, 5])
    one.show()
    with unanswered(one):
        keys(one, "Control+z", "Control+z")
    assert not one.panel.trainer.can_undo
    assert (kinds(one), one.panel._alert) == (["undo", "undo"], "")
    assert one.panel.trainer.position.update == 2
    expect(alert(one.page)).to_be_empty()


def test_a_rate_that_the_host_kept_back_does_not_undo_start_again(one: Bridge) -> None:
    one.panel.change(learning_rate=1e-3)
    one.panel.run()
    one.show()
    with unanswered(one):
        for _ in range(2):  # JupyterLab keeps the second one back, until it knows of the first
            slider(one.page, "Learning rate").press("ArrowLeft")
        one.page.locator(".lr-rescue button").first.click()
    one.answered()
    assert one.panel.learning_rate == one.panel.trainer.settings.learning_rate == 1e-5
    shown = one.page.get_by_role("textbox", name="Learning rate value")
    expect(shown).to_have_value("1e-5")
    slider(one.page, "Learning rate").press("ArrowLeft")
    expect(shown).to_have_value("8e-6")
    one.answered()
    assert one.panel.trainer.settings.learning_rate == 8e-6


def test_points_that_are_drawn_and_undone_go_on_from_the_table_that_stays(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(Table.parse(TEXT), learning_rate=0.01, seed=2), tab="line")
    one.page.get_by_label("Draw points").check()
    plane = Plane(one.page)

    def add(x: float, y: float) -> None:
        one.page.mouse.click(*plane.place(x, y))

    with unanswered(one):
        add(2, 8)
        add(3, 8)
        keys(one, "Control+z")
        add(5, 3)
    inputs = one.panel.trainer.table.inputs.ravel().tolist()
    assert inputs == pytest.approx([1, 2, 3, 4, 6, 2, 5], abs=0.1)
    expect(alert(one.page)).to_be_empty()


def test_a_point_drawn_after_an_undo_comes_into_the_table_that_is_shown_then(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(Table.parse(TEXT), learning_rate=0.01, seed=2), tab="line")
    first = one.panel.trainer.table.inputs.ravel().tolist()
    points = [{"x": x, "y": 2 * x, "row": -1} for x in range(1, 5)]
    one.panel.draw(points)
    one.show()
    one.page.get_by_label("Draw points").check()
    plane = Plane(one.page)
    with unanswered(one):
        keys(one, "Control+z")
        one.page.mouse.click(*plane.place(2, 5))
        one.page.mouse.click(*plane.place(3, 5))
    inputs = one.panel.trainer.table.inputs.ravel().tolist()
    assert inputs == pytest.approx([*first, 2, 3], abs=0.1)
    assert kinds(one) == ["undo", "draw", "draw"]
    expect(alert(one.page)).to_be_empty()
    with unanswered(one):
        keys(one, "Control+z", "Control+z")
        button(one.page, "Remove").click()
        expect(alert(one.page)).to_contain_text("only its answer says which points there are")
    assert one.panel.trainer.table.inputs.ravel().tolist() == first


def test_a_point_drawn_after_an_undo_that_leads_to_other_columns_is_refused_in_words(
    bridge: Callable[..., Bridge],
) -> None:
    one = bridge(Trainer(Table.parse(TEXT), learning_rate=0.01, seed=2), tab="line")
    first = one.panel.trainer.table
    one.page.get_by_label("Start from").select_option("A curve")
    one.answered()
    assert one.panel.trainer.table.feature_names == ("x",)
    with unanswered(one):
        keys(one, "Control+z")
        one.page.mouse.click(*Plane(one.page).place(2, 5))
    assert one.panel.trainer.table is first
    expect(alert(one.page)).to_contain_text("was drawn in a table that is no longer shown")
