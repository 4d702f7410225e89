"""A page in one file within a course's page, in such frames as learning platforms make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from linreg_widget import Trainer, TrainerWidget, crop_yields
from tests.browser.parts import panel
from tests.browser.windows import patient
from tests.serving import served

pytestmark = pytest.mark.browser

Within = FrameLocator | Frame
Opened = Callable[..., Within]

# What a learning platform may allow in the frame; None: a frame without a sandbox.
SANDBOXES = {
    "scripts": "allow-scripts",
    "more": "allow-scripts allow-same-origin allow-forms allow-popups",
    "none": None,
}
COURSE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Course</title>
<style>iframe, object { width: 1000px; height: 700px }</style><h1>Week 3</h1>
<iframe title="Exercise" src="exercise.html" SANDBOX></iframe>
<object title="Embedded" type="text/html" data="exercise.html"></object>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course's files: the exercise, and a page around it for each kind of frame."""
    made = tmp_path_factory.mktemp("course")
    widget = TrainerWidget(
        learning_rate=1e-5, epochs=2, plot=None, ask="loss", hide="valley", lock=["epochs"]
    )
    widget.speed = None
    widget.to_html(made / "exercise.html")
    widget.close()
    for name, allowed in {**SANDBOXES, "nothing": ""}.items():
        sandbox = "" if allowed is None else f'sandbox="{allowed}"'
        page = COURSE.replace("SANDBOX", sandbox)
        (made / f"{name}.html").write_text(page, encoding="utf-8")
    return made


@pytest.fixture
def open_course(folder: Path, browser_context: Any) -> Iterator[Opened]:
    """Open a course's page from a server; what goes wrong in the frame is looked at after."""
    wrong: list[str] = []
    with served(folder) as address:
        context = patient(
            browser_context.browser.new_context(viewport={"width": 1100, "height": 900})
        )

        def open_(name: str, kind: str = "iframe") -> Within:
            page: Page = context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("dialog", lambda dialog: wrong.append(dialog.message))
            page.goto(f"{address}/{name}.html")
            if kind == "iframe":
                return page.frame_locator(kind)
            inner = (frame for frame in page.frames if frame.parent_frame)
            kinds = {frame.frame_element().evaluate("e => e.localName"): frame for frame in inner}
            return kinds[kind]

        try:
            yield open_
        finally:
            context.close()
    assert wrong == []


def press(within: Locator, name: str) -> None:
    within.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_an_exercise_works_in_the_frame_of_a_course(open_course: Opened, sandbox: str) -> None:
    frame = open_course(sandbox)
    exercise = panel(frame)
    status = exercise.get_by_role("status")
    expect(status).to_contain_text("Ready")
    press(exercise, "Step")  # it asks first, and keeps what is answered
    guess = exercise.locator(".lr-ask input")
    guess.fill("20000")
    guess.press("Enter")
    expect(status).to_contain_text("update 1")
    press(exercise, "Run")
    press(exercise, "Skip")
    expect(status).to_contain_text("Finished")
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=2)
    trainer.run()
    full = exercise.locator(".lr-losses div").filter(has_text="full data").locator("b")
    expect(full).to_have_text(f"{trainer.loss():,.0f}")
    # What a sandbox forbids (the clipboard, a download, an address) stops nothing else.
    press(exercise, "Copy link")
    if sandbox == "scripts":
        expect(exercise.locator(".lr-byhand")).to_have_value(re.compile("exercise.html"))
    exercise.get_by_role("tab", name="Loss", exact=True).click()
    press(exercise, "Losses as a table")
    for save in exercise.get_by_role("button", name="Save", exact=True).all():
        save.click()
    rate = exercise.get_by_role("slider", name="Learning rate")
    before = rate.get_attribute("aria-valuetext") or ""
    rate.press("ArrowRight")
    expect(rate).not_to_have_attribute("aria-valuetext", before)
    press(exercise, "Reset")
    expect(status).to_contain_text("Ready")
    expect(exercise.get_by_role("alert")).to_be_empty()
    expect(exercise.get_by_role("tab", name="Valley")).to_have_count(0)


def test_an_exercise_works_as_an_embedded_object(
    open_course: Opened,
) -> None:
    exercise = panel(open_course("none", "object"))  # as Moodle's "Embed" makes one
    press(exercise, "Step")
    press(exercise, "Skip")
    expect(exercise.get_by_role("status")).to_contain_text("update 1")


def test_where_scripts_are_forbidden_the_page_says_so(
    open_course: Opened,
) -> None:
    frame = open_course("nothing")
    expect(frame.locator("#panel")).to_contain_text("JavaScript is switched off or not allowed")
    expect(frame.locator("#panel")).to_contain_text("15 rows")
