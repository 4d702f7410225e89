"""Pages with no kernel, opened from disk in Chromium with the network shut: they train."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from linreg_widget import Stop, Table, Trainer, TrainerWidget, crop_yields
from linreg_widget.insight import findings
from linreg_widget.panel.page import page_of
from linreg_widget.wording import measured
from tests.browser.axe import violations
from tests.browser.offline import Offline, comes_to
from tests.browser.parts import (
    button,
    enter,
    expect_loss,
    expect_sentence,
    panel,
    show,
    slider,
    status,
)
from tests.browser.windows import patient
from tests.said import NUMBER, numbers, same_words
from tests.training.updates import phase_by_phase

pytestmark = pytest.mark.browser

COMPUTED = "Computed in this page in 32-bit numbers, as PyTorch would to about six digits."
PLAYED = "recorded run, no kernel"
NEEDS = "This needs a running kernel"


@pytest.fixture
def open_file(offline: Offline) -> Iterator[Callable[..., Page]]:
    """Open a file in a context of its own; nothing but the file itself may be asked for."""

    def open_(
        path: Path,
        *,
        scheme: str = "light",
        says: str = COMPUTED,
        size: tuple[int, int] = (1100, 1000),
    ) -> Page:
        page = offline.open(path, scheme=scheme, size=size)
        expect(panel(page)).to_contain_text(says)
        return page

    yield open_
    assert all(requests == [address] for address, requests in offline.asked)


def weights(page: Page) -> list[float]:
    """All entries of w in the microscope, with all their digits."""
    w = panel(page).get_by_role("grid", name=re.compile(r"^w(?!\.)"))
    found: list[float] = w.locator("td[data-at]").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.title.split(' ')[0].replace('−', '-')))"
    )
    return found


def finish(page: Page) -> None:
    """Run to the end, as fast as it goes."""
    enter(page, "Speed", "full")
    button(page, "Run").click()
    expect(status(page)).to_contain_text(re.compile("Finished|Diverged"))


def finish_by_rule(page: Page, why: str) -> None:
    enter(page, "Speed", "full")
    button(page, "Run").click()
    expect(status(page)).to_contain_text(why)


def test_a_page_that_was_never_run_trains_phase_by_phase_as_pytorch_does(
    lesson: Path, open_file: Callable[..., Page]
) -> None:
    assert lesson.stat().st_size < 160_000
    page, trainer = open_file(lesson), Trainer(crop_yields())
    expect(status(page)).to_contain_text("Ready: 50 epochs of 5 updates")
    panel(page).get_by_role("radio", name="phase").check()
    for _ in range(7):
        button(page, "Step").click()
        trainer.step("phase")
        expect_sentence(panel(page), trainer)
    comes_to(
        page,
        partial(weights, page),
        pytest.approx(trainer.model.w.detach().flatten().tolist(), rel=1e-5),
    )
    button(page, "Back").click()
    trainer.back("phase")
    expect_sentence(panel(page), trainer)
    # Every number is written out.
    panel(page).get_by_role("grid", name="predictions").locator("td[data-at]").first.click()
    expect(panel(page).locator(".lr-why")).to_contain_text(re.compile("32-bit .*worked out here"))


def test_run_pause_back_and_the_timeline_work_at_any_speed(
    lesson: Path, open_file: Callable[..., Page]
) -> None:
    page, trainer = open_file(lesson), Trainer(crop_yields())
    trainer.run()
    expect(slider(page, "Timeline")).to_have_attribute("max", "0")  # no future that nobody has seen
    enter(page, "Speed", "5")  # its end is a minute away
    button(page, "Run").click()
    expect(slider(page, "Timeline")).not_to_have_value("0")
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    assert 0 < int(slider(page, "Timeline").input_value()) < 250
    finish(page)
    expect(slider(page, "Timeline")).to_have_value("250")
    expect_loss(page, trainer.loss())
    button(page, "Back").click()
    expect(slider(page, "Timeline")).to_have_value("249")
    box = slider(page, "Timeline").bounding_box()
    assert box is not None
    slider(page, "Timeline").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert abs(int(slider(page, "Timeline").input_value()) - 125) < 20
    button(page, "Reset").click()
    expect(status(page)).to_contain_text("Ready")
    panel(page).get_by_role("radio", name="epoch").check()
    button(page, "Step").click()
    expect(slider(page, "Timeline")).to_have_value("5")


def test_every_setting_works_and_gives_the_numbers_that_pytorch_gives(
    lesson: Path, open_file: Callable[..., Page]
) -> None:
    page = open_file(lesson)
    enter(page, "Learning rate", "2e-5")
    enter(page, "Epochs", "20")
    panel(page).get_by_role("button", name="More").click()
    enter(page, "Batch size", "4")
    enter(page, "Seed", "7")
    panel(page).get_by_role("checkbox", name="Shuffle").uncheck()
    panel(page).get_by_role("button", name="Less").click()
    finish(page)
    changes: dict[str, Any] = {"epochs": 20, "batch_size": 4, "seed": 7, "shuffle": False}
    trainer = Trainer(crop_yields(), learning_rate=2e-5, **changes)
    trainer.run()
    expect_loss(page, trainer.loss())
    panel(page).get_by_role("checkbox", name="Standardize").check()
    enter(page, "Learning rate", "0.1")
    enter(page, "Epochs", "200")
    panel(page).get_by_role("combobox", name="Stop").select_option("near")
    finish_by_rule(page, "times the best possible")
    expect(slider(page, "Timeline")).not_to_have_value("800")


def test_a_run_that_diverges_is_explained_and_rescued(
    lesson: Path, open_file: Callable[..., Page]
) -> None:
    page, trainer = open_file(lesson), Trainer(crop_yields(), learning_rate=1.0)
    trainer.run()
    enter(page, "Learning rate", "1")
    expect(panel(page)).to_contain_text("divergent")
    finish(page)
    same_words(
        panel(page).locator(".lr-verdict").inner_text().split("\n")[0], trainer.diagnosis.words
    )
    panel(page).get_by_role("button", name=re.compile("^Start again at")).click()
    expect(status(page)).to_contain_text("Ready")
    expect(panel(page).get_by_role("textbox", name="Learning rate value")).to_have_value("1e-5")
    finish(page)
    expect(status(page)).to_contain_text("Finished")


def test_numbers_and_the_line_are_set_by_hand(lesson: Path, open_file: Callable[..., Page]) -> None:
    page = open_file(lesson)
    show(page, "Inside the update")
    cell = (
        panel(page).get_by_role("grid", name=re.compile(r"^w(?!\.)")).locator("td[data-at]").first
    )
    cell.dblclick()
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(cell).to_have_attribute("title", re.compile("^0.5"))
    button(page, "Step").click()
    trainer = Trainer(crop_yields())
    numbers = trainer.model.w.detach().numpy().copy()
    numbers[0, 0] = 0.5
    trainer.set(w=numbers)
    trainer.step()
    comes_to(
        page,
        partial(weights, page),
        pytest.approx(trainer.model.w.detach().flatten().tolist(), rel=1e-5),
    )
    page.keyboard.press("Escape")
    show(page, "Data and line")
    before = page.locator(".lr-line-now").get_attribute("d")
    panel(page).get_by_role("slider", name=re.compile("Right")).press("PageUp")
    expect(page.locator(".lr-line-now")).not_to_have_attribute("d", before or "")


def test_runs_are_kept_branched_and_compared(lesson: Path, open_file: Callable[..., Page]) -> None:
    page = open_file(lesson)
    finish(page)
    show(page, "Compare")
    button(page, "Keep this run").click()
    expect(panel(page).locator("table").filter(has_text="run").first).to_contain_text("now")
    show(page, "Loss")
    slider(page, "Timeline").fill("100")
    enter(page, "Learning rate", "2e-5")
    finish(page)
    plot = panel(page).locator(".lr-lossplot")
    expect(plot).to_contain_text("rate 2e-5")
    expect(plot).to_contain_text("learning rate 1e-5")
    trainer = Trainer(crop_yields())
    trainer.step(count=100)
    trainer.change(learning_rate=2e-5)
    trainer.run()
    expect_loss(page, trainer.loss())
    panel(page).get_by_role("button", name="Losses as a table").click()
    table = panel(page).locator("table").filter(has_text="epoch").first
    expect(table.locator("tbody tr")).to_have_count(51)
    show(page, "Compare")
    panel(page).get_by_role("button", name=re.compile("^Forget")).click()
    expect(panel(page)).to_contain_text("Keep this run, change the settings")


def test_what_the_data_say_and_the_predictions_follow_the_run(
    lesson: Path, open_file: Callable[..., Page]
) -> None:
    page, trainer = open_file(lesson), Trainer(crop_yields())
    trainer.step("epoch", 3)
    panel(page).get_by_role("radio", name="epoch").check()
    for _ in range(3):
        button(page, "Step").click()
    expect(slider(page, "Timeline")).to_have_value("15")
    room = show(page, "What the data say")
    for sentence in findings(trainer.insight, trainer.settings.rate):
        expect(room).to_contain_text(NUMBER.split(sentence)[0].strip())
    room = show(page, "Predictions")
    expect(room).to_contain_text("Mangoes")
    # A row of one's own.
    fields = room.get_by_role("textbox")
    assert fields.count() >= 3
    for index in range(3):
        fields.nth(index).fill("50")
        fields.nth(index).press("Enter")
    made = trainer.predict(np.full((1, 3), 50, np.float32)).flatten().tolist()
    shown = numbers(room.inner_text())
    for one in made:
        assert any(abs(one - other) < 2e-3 * abs(one) for other in shown), (one, shown)


def test_a_page_opens_where_it_is_told_and_goes_on_from_there(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    widget = TrainerWidget(plot=None)
    widget.step("epoch", 4)
    widget.learning_rate = 2e-5
    widget.run()
    page = open_file(written(widget, at=60))
    expect(slider(page, "Timeline")).to_have_value("60")
    expect(slider(page, "Timeline")).to_have_attribute("max", "60")
    finish(page)
    expect_loss(page, widget.trainer.loss())
    expect(panel(page).locator(".lr-lossplot")).to_contain_text("rate 2e-5")


def test_a_page_does_as_it_is_told(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    widget = TrainerWidget(
        plot=None,
        tab="predictions",
        hide=["loss", "timeline", "graph"],
        lock=["reset"],
        task="Try.",
    )
    page = open_file(written(widget))
    names = panel(page).get_by_role("tab").all_inner_texts()
    assert not {"Loss", "Graph", "Valley"} & set(names)
    expect(panel(page).get_by_role("tab", name="Predictions")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(slider(page, "Timeline")).to_have_count(0)
    expect(button(page, "Reset")).to_have_attribute("aria-disabled", "true")
    expect(panel(page)).to_contain_text("Try.")


def test_rows_held_out_are_looked_at_and_not_trained_on(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    settings: dict[str, Any] = {"standardize": True, "learning_rate": 0.05, "epochs": 400}
    stop = Stop(patience=20, on="held_out")
    widget = TrainerWidget(plot=None, held_out=["A", "D", "M"], stop=stop, **settings)
    page = open_file(written(widget))
    widget.run()
    finish_by_rule(page, "the loss of the rows held out has not fallen below")
    expect(slider(page, "Timeline")).to_have_value(str(widget.update))
    best = widget.trainer.best_update
    expect(panel(page)).to_contain_text(f"lowest after update {best}: Timeline goes back there.")
    # Also where the kernel has said it, for those who have Python at hand.
    assert "rescue('best')" in widget.trainer.notice
    opened = open_file(written(widget, at=widget.update))
    expect(panel(opened)).to_contain_text(f"lowest after update {best}: Timeline goes back there.")
    expect_loss(page, widget.trainer.held_out_loss(), "held out")
    expect_loss(page, widget.trainer.loss())
    expect(page.locator(".lr-heldouts").first).to_have_attribute("d", re.compile("L"))
    room = show(page, "Predictions")
    score = widget.trainer.score(held_out=True)
    expect(room).to_contain_text(f"RMSE {measured(float(score.rmse[0]))}")
    room = show(page, "What the data say")
    for sentence in findings(widget.trainer.insight, 0.05, widget.trainer.held_out):
        expect(room).to_contain_text(NUMBER.split(sentence)[0].strip())
    # The scale is that of the rows that are trained on, whatever the reader sets.
    show(page, "Loss")
    panel(page).get_by_role("checkbox", name="Standardize").uncheck()
    enter(page, "Learning rate", "1e-5")
    panel(page).get_by_role("combobox", name="Stop").select_option("end")
    enter(page, "Epochs", "5")
    finish(page)
    trainer = Trainer(crop_yields(), held_out=["A", "D", "M"], learning_rate=1e-5, epochs=5)
    trainer.run()
    expect_loss(page, trainer.held_out_loss(), "held out")


def test_a_table_with_rows_held_out_is_drawn_and_they_stay_held_out(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    table = Table.parse("x,y\n1,2\n2,3\n3,5\n4,4\n5,7\n6,6")
    mask = [False, True, False, False, True, False]
    page = open_file(written(TrainerWidget(table, held_out=mask, plot=None, epochs=4)))
    room = show(page, "Data and line")
    room.get_by_label("Draw points").check()
    room.get_by_role("button", name="Remove", exact=True).click()
    picture = room.get_by_role("img", name=re.compile(r"3 rows\. Hollow: 2 rows held out\."))
    expect(picture).to_be_visible()
    show(page, "Loss")
    finish(page)
    kept = Table.parse("x,y\n3,5\n4,4\n6,6")
    others = Table.parse("x,y\n2,3\n5,7")
    rate = Trainer(table, held_out=mask).settings.learning_rate
    trainer = Trainer(kept, held_out=others, epochs=4, learning_rate=rate)
    trainer.run()
    expect_loss(page, trainer.held_out_loss(), "held out")


def test_a_table_of_many_numbers_is_in_its_page(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20_000, 8)).astype(np.float32)
    targets = (x.sum(axis=1, keepdims=True) + rng.normal(size=(20_000, 1))).astype(np.float32)
    widget = TrainerWidget((x, targets), plot=None, epochs=2, batch_size=1000)
    path = written(widget)
    assert path.stat().st_size < 1_200_000
    page = open_file(path)
    finish(page)
    widget.run()
    expect_loss(page, widget.trainer.loss())


def test_an_update_of_ones_own_is_played_and_says_so(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    widget = TrainerWidget(plot=None, update=phase_by_phase, epochs=4)
    widget.run()
    widget.keep()
    page = open_file(written(widget), says=PLAYED)
    expect(status(page)).to_contain_text("Ready")  # at the start
    batches = page.locator(".lr-batches")
    expect(batches).not_to_have_attribute("d", re.compile("L"))  # no future that nobody has seen
    expect(panel(page)).to_contain_text("This page plays a recorded run")
    rate = panel(page).get_by_role("slider", name="Learning rate")
    expect(rate).to_have_attribute("aria-disabled", "true")
    assert NEEDS in (rate.get_attribute("title") or "")
    rate.press("ArrowRight")
    expect(panel(page).get_by_role("alert")).to_contain_text(NEEDS)
    button(page, "Step").click()
    expect(slider(page, "Timeline")).to_have_value("1")
    button(page, "Run").click()
    expect(slider(page, "Timeline")).to_have_value("20")
    expect(batches).to_have_attribute("d", re.compile("L.*L"))
    page.get_by_role("tab", name="Compare").click()
    runs = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(runs).to_have_count(1)  # the kept one: “now” would be another moment's
    expect(runs).to_contain_text("learning rate")


def test_without_scripts_the_page_says_what_is_missing(lesson: Path, browser_context: Any) -> None:
    context = patient(browser_context.browser.new_context(java_script_enabled=False, offline=True))
    page = context.new_page()
    page.goto(lesson.as_uri())
    expect(page.locator("main")).to_contain_text("JavaScript is switched off or not allowed here")
    expect(page.locator("main")).to_contain_text("15 rows")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_light_and_dark(
    lesson: Path, open_file: Callable[..., Page], scheme: str
) -> None:
    page = open_file(lesson, scheme=scheme)
    expect(panel(page)).to_have_attribute("data-theme", scheme)
    # In a notebook the panel's headings, of level 4, stand under the lesson's own.
    rules = {"heading-order": {"enabled": False}}
    assert violations(page, None, rules=rules) == []


def test_hostile_names_are_shown_as_typed(
    written: Callable[..., Path], open_file: Callable[..., Page]
) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    widget = TrainerWidget(
        {hostile: [1, 2, 3], "<!--<svg onload=alert(2)>": [3, 5, 8]}, plot=None, epochs=3
    )
    page = open_file(written(widget))
    panel(page).get_by_role("tab", name="What the data say").click()
    expect(panel(page)).to_contain_text(hostile)
    assert page.locator("img").count() == 0
    assert page.locator("svg[onload]").count() == 0
    finish_without_loss = button(page, "Step")
    finish_without_loss.click()
    expect(status(page)).to_contain_text("update 1 of")


def test_the_state_that_a_notebook_saves_is_enough_to_train(
    open_file: Callable[..., Page], tmp_path: Path
) -> None:
    """`embed_minimal_html` and nbconvert store the same state, which the manager gives back."""
    from ipywidgets.embed import dependency_state

    widget = TrainerWidget(plot=None)
    widget.run()
    saved = dependency_state([widget], drop_defaults=False)[widget.panel.model_id]
    buffers = {"".join(one["path"]): one["data"] for one in saved["buffers"]}
    page = page_of(widget.panel)
    start = page.index('application/json">') + len('application/json">')
    state = json.loads(page[start : page.index("</script>", start)])
    assert state["traits"]["_rows_data"] == buffers["_rows_data"]
    assert not buffers.get("_tape")
    assert state["traits"]["_rows"] == json.loads(json.dumps(saved["state"]["_rows"]))
    path = tmp_path / "embedded.html"
    path.write_text(page, encoding="utf-8")
    opened = open_file(path)
    finish(opened)
    expect_loss(opened, widget.trainer.loss())
    widget.close()
