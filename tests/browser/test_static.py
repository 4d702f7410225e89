"""Pages with no kernel, opened from disk in Chromium with the network shut: they are alive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from linreg_widget import TrainerWidget
from linreg_widget.panel.page import page_of
from tests.browser.offline import Offline
from tests.microscope.looking import look

pytestmark = pytest.mark.browser

NEEDS = "This needs a running kernel"


@pytest.fixture
def open_file(browser_context: Any) -> Iterator[Callable[..., Page]]:
    """Open a file in a context of its own; nothing but the file itself may be asked for."""
    with Offline.within(browser_context.browser) as offline:

        def open_(path: Path, *, scheme: str = "light") -> Page:
            page = offline.open(path, scheme=scheme, size=(1100, 1000))
            expect(panel(page)).to_contain_text("recorded run, no kernel")
            return page

        yield open_
    assert all(requests == [address] for address, requests in offline.asked)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TrainerWidget, Path]]:
    widget = TrainerWidget(plot=None)
    widget.run()
    path = tmp_path_factory.mktemp("page") / "lesson.html"
    widget.to_html(path)
    yield widget, path
    widget.close()


def panel(page: Page) -> Locator:
    return page.get_by_role("group", name="Linear regression trainer")


def button(page: Page, name: str) -> Locator:
    return panel(page).get_by_role("button", name=name, exact=True)


def status(page: Page) -> Locator:
    return panel(page).get_by_role("status")


def timeline(page: Page) -> Locator:
    return panel(page).get_by_role("slider", name="Timeline")


def choose_speed(page: Page, speed: str) -> None:
    field = panel(page).get_by_role("textbox", name="Speed value")
    field.fill(speed)
    field.press("Enter")


def test_a_page_from_disk_shows_phase_by_phase_what_the_kernel_had(
    lesson: tuple[TrainerWidget, Path], open_file: Callable[..., Page]
) -> None:
    widget, path = lesson
    assert path.stat().st_size < 400_000
    page = open_file(path)
    expect(status(page)).to_contain_text("Finished: 50 epochs, 250 updates. Press Run to play")
    button(page, "Reset").click()
    panel(page).get_by_role("radio", name="phase").check()
    widget.seek(0)
    trainer = widget.trainer
    for _ in range(7):
        button(page, "Step").click()
        trainer.step("phase")
        frame = look(trainer)
        expect(panel(page).locator(".lr-sentence")).to_have_text(frame.sentence)
        expect(status(page)).to_contain_text(frame.sentence)
    w = panel(page).get_by_role("grid", name=re.compile(r"^w(?!\.)"))
    digits = w.locator("td[data-at]").evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.title.split(' ')[0].replace('−', '-')))"
    )
    assert digits == pytest.approx(trainer.model.w.detach().flatten().tolist(), rel=1e-6)
    button(page, "Back").click()
    trainer.back("phase")
    expect(panel(page).locator(".lr-sentence")).to_have_text(look(trainer).sentence)


def test_back_the_timeline_run_and_pause_play_the_recorded_run(
    lesson: tuple[TrainerWidget, Path], open_file: Callable[..., Page]
) -> None:
    page = open_file(lesson[1])
    panel(page).get_by_role("radio", name="update").check()
    before = timeline(page).input_value()
    button(page, "Back").click()
    expect(timeline(page)).not_to_have_value(before)
    box = timeline(page).bounding_box()
    assert box is not None
    timeline(page).click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert abs(int(timeline(page).input_value()) - 125) < 20
    timeline(page).fill("0")
    expect(status(page)).to_contain_text("Ready")
    expect(button(page, "Back")).to_have_attribute("aria-disabled", "true")
    choose_speed(page, "2")  # so slow that there is time for Pause
    button(page, "Run").click()
    expect(timeline(page)).not_to_have_value("0")
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    paused = timeline(page).input_value()
    choose_speed(page, "2000")
    assert timeline(page).input_value() == paused
    button(page, "Run").click()
    expect(timeline(page)).to_have_value("250")
    expect(status(page)).to_contain_text("Finished")
    expect(button(page, "Step")).to_have_attribute("aria-disabled", "true")


def test_what_needs_a_kernel_says_so_and_changes_nothing(
    lesson: tuple[TrainerWidget, Path], open_file: Callable[..., Page]
) -> None:
    page = open_file(lesson[1])
    alert = panel(page).get_by_role("alert")
    expect(alert).to_be_empty()
    expect(panel(page)).to_contain_text("This page plays a recorded run")
    rate = panel(page).get_by_role("slider", name="Learning rate")
    words = rate.get_attribute("aria-valuetext")
    for name in ("Learning rate", "Epochs"):
        slider = panel(page).get_by_role("slider", name=name)
        expect(slider).to_have_attribute("aria-disabled", "true")
        assert NEEDS in (slider.get_attribute("title") or "")
    rate.press("ArrowRight")
    expect(alert).to_contain_text(NEEDS)
    assert rate.get_attribute("aria-valuetext") == words
    field = panel(page).get_by_role("textbox", name="Epochs value")
    field.focus()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(field).to_have_value("50")
    check = panel(page).get_by_role("checkbox", name="Standardize")
    check.click(force=True)
    expect(check).not_to_be_checked()
    choice = panel(page).get_by_role("combobox", name="Stop")
    choice.focus()
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_value("end")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_light_and_dark(
    lesson: tuple[TrainerWidget, Path], open_file: Callable[..., Page], scheme: str
) -> None:
    page = open_file(lesson[1], scheme=scheme)
    expect(panel(page)).to_have_attribute("data-theme", scheme)
    # In a notebook the panel's headings, of level 4, stand under the lesson's own.
    found = Axe().run(page, options={"rules": {"heading-order": {"enabled": False}}})
    assert found.violations_count == 0, found.generate_report()


def test_hostile_names_are_shown_as_typed(open_file: Callable[..., Page], tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    widget = TrainerWidget(
        {hostile: [1, 2, 3], "<!--<svg onload=alert(2)>": [3, 5, 8]}, plot=None, epochs=3
    )
    widget.run()
    widget.to_html(tmp_path / "page.html")
    page = open_file(tmp_path / "page.html")
    panel(page).get_by_role("tab", name="What the data say").click()
    expect(panel(page)).to_contain_text(hostile)
    assert page.locator("img").count() == 0
    assert page.locator("svg[onload]").count() == 0
    button(page, "Back").click()
    widget.close()


def test_the_state_that_a_notebook_saves_is_enough_to_play(
    lesson: tuple[TrainerWidget, Path], open_file: Callable[..., Page], tmp_path: Path
) -> None:
    """`embed_minimal_html` and nbconvert store the same state, which the manager gives back."""
    from ipywidgets.embed import dependency_state

    widget = lesson[0]
    saved = dependency_state([widget], drop_defaults=False)[widget.panel.model_id]
    tape = {"".join(one["path"]): one["data"] for one in saved["buffers"]}["_tape"]
    page = page_of(widget.panel)
    start = page.index('application/json">') + len('application/json">')
    state = json.loads(page[start : page.index("</script>", start)])
    assert state["traits"]["_tape"] == tape
    assert state["traits"]["_frame"] == json.loads(json.dumps(saved["state"]["_frame"]))
    path = tmp_path / "embedded.html"
    path.write_text(page, encoding="utf-8")
    opened = open_file(path)
    button(opened, "Reset").click()
    expect(status(opened)).to_contain_text("Ready")
