"""What a screen reader says: transcripts of the real panel, by a virtual screen reader in its page.

A line is what is spoken at once: of what has the focus (*button, Step, ...*), or, after *polite* or
*assertive*, of what changes by itself. What is said twice, or not at all, is seen here.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

import hatch_build
from linreg_widget import Trainer, crop_yields
from tests.browser.bridge import Bridge
from tests.kernel.client import PATIENCE

pytestmark = pytest.mark.browser

JS = Path(__file__).parents[2] / "js"
READER = "node_modules/@guidepup/virtual-screen-reader/lib/esm/index.mjs"
FIRST_UPDATE = (
    "polite: epoch 1 of 50 · update 1 of 250 · "
    "The gradients are zero again, and update 1 is complete; its loss was 20,988. · "
    "full data 27,416"
)
BACK_TO_STEP = "button, Step, Go on by one (right arrow)"


@pytest.fixture(scope="module")
def reader() -> str:
    """Bundle the virtual screen reader as a script for a page."""
    npm = hatch_build.find_npm()
    assert npm is not None, hatch_build.NO_NODE
    esbuild = str(JS / "node_modules" / ".bin" / "esbuild")
    command = [esbuild, READER, "--bundle", "--format=iife", "--global-name=reader"]
    environment = {**os.environ, "PATH": npm.path}
    bundled = subprocess.run(command, cwd=JS, env=environment, check=True, capture_output=True)
    return f"{bundled.stdout.decode()}; window.reader = reader.virtual;"


class Spoken:
    """A panel that is listened to."""

    def __init__(self, bridge: Bridge, script: str) -> None:
        self.page: Page = bridge.page
        self.page.evaluate(script)
        self.page.evaluate("reader.start({ container: document.getElementById('panel') })")
        self.since()

    def since(self) -> list[str]:
        """What was said since this was asked last."""
        said: list[str] = self.page.evaluate(
            """async () => {
              const said = await reader.spokenPhraseLog();
              await reader.clearSpokenPhraseLog();
              return said;
            }"""
        )
        # An alert that is taken away says nothing.
        return [line for line in said if line not in ("assertive: ", "polite: ")]

    def until(self, words: str) -> list[str]:
        """Wait until words are said; returns all that was said up to a moment of silence after."""
        heard: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while not any(words in line for line in heard):
            assert time.monotonic() < deadline, f"{words!r} was not said, but {heard}"
            self.page.wait_for_timeout(20)
            heard += self.since()
        # What the page does about it is done after two of its frames.
        frames = "new Promise((end) => requestAnimationFrame(() => requestAnimationFrame(end)))"
        for _ in range(3):
            self.page.evaluate(frames)
            heard += self.since()
        return heard

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def spoken(bridge: Callable[..., Bridge], reader: str) -> Callable[..., Spoken]:
    def listen(**traits: str) -> Spoken:
        made = bridge(Trainer(crop_yields(), learning_rate=1e-5))
        for name, value in traits.items():
            setattr(made.panel, name, value)
        made.show()
        return Spoken(made, reader)

    return listen


def test_a_reader_who_goes_through_the_head_hears_what_is_there(
    spoken: Callable[..., Spoken],
) -> None:
    panel = spoken()
    for _ in range(80):
        panel.page.evaluate("reader.next()")
    heard = panel.since()
    for line in (
        "group, Linear regression trainer",
        "Crop yields: 15 rows · 3 features → 2 targets · batches of 3",
        "button, Reset, Start again from the same weights (Home)",
        "button, Back, Undo exactly (left arrow), disabled",
        BACK_TO_STEP,
        "button, Run, Run or pause (space)",
        "radiogroup, Step by",
        "The loss of all rows, with w and b as they are now",
        "Ready: 50 epochs of 5 updates. Press Step to make one gradient update, or Run.",
        "tablist, What is shown, orientated horizontally",
        "tab, Loss, selected, 1 control, position 1, set size 7",
    ):
        assert heard.count(line) == 1, line


def test_each_step_is_told_once_and_by_phase_in_its_own_words(
    spoken: Callable[..., Spoken],
) -> None:
    panel = spoken()
    # Longer than the page waits before it says that it waits, which is seen and not said.
    panel.page.evaluate("window.linregLag = { there: 400, back: 400 }")
    panel.press("Step")
    assert panel.until("update 1") == [
        BACK_TO_STEP,
        FIRST_UPDATE,
    ]
    panel.page.evaluate("window.linregLag = {}")
    panel.page.get_by_role("radio", name="phase").check()
    panel.since()
    panel.press("Step")
    assert panel.until("after predict")[-1].startswith(
        "polite: epoch 1 of 50 · update 2 of 250 · after predict · The model predicts "
    )
    for phase, words in (
        ("loss", "The loss of these 3 rows is 41,215: the mean of 6 squared differences."),
        ("backward", "backward() filled w.grad and b.grad."),
        ("update", "Each number of w and b moved by −learning_rate · its gradient."),
    ):
        panel.press("Step")
        (line,) = panel.until(f"after {phase}")
        assert line.startswith(f"polite: epoch 1 of 50 · update 2 of 250 · after {phase} · {words}")


def test_a_run_is_told_now_and_then_and_at_its_end(spoken: Callable[..., Spoken]) -> None:
    panel = spoken()
    panel.press("Run")
    first, *under_way, last = panel.until("Finished")
    assert first == "button, Run, Run or pause (space)"
    assert last == (
        "polite: Finished: 50 epochs, 250 updates. Raise Epochs to go on, or Reset to start "
        "again. · full data 405.2"
    )
    for line in under_way:  # before the first update there is no loss
        assert re.fullmatch(
            r"polite: epoch \d+ of 50 · update (0 of 250|\d+ of 250 · batch loss [\d,.]+)", line
        )
    assert len(under_way) < 25, "not each update"
    panel.press("Reset")
    assert panel.until("Ready") == [
        "button, Reset, Start again from the same weights (Home)",
        "polite: Ready: 50 epochs of 5 updates. Press Step to make one gradient update, or Run.",
    ]


def test_a_run_that_diverges_says_why_and_once(spoken: Callable[..., Spoken]) -> None:
    panel = spoken()
    rate = panel.page.get_by_role("textbox", name="Learning rate value")
    rate.fill("1")
    rate.press("Enter")
    panel.since()
    panel.press("Run")
    *_, last = panel.until("Diverged")
    assert last.startswith(
        "polite: Diverged at update 5: the loss is no longer finite. The batch loss grew from "
        "20,988 at update 1 to 5.722e29 at update 4. The learning rate, 1, is 8,964 times the "
        "largest stable one, 1.12e-4"
    )
    assert last.count("Diverged") == 1


def test_a_tab_says_its_name_and_nothing_else_speaks(spoken: Callable[..., Spoken]) -> None:
    panel = spoken()
    panel.page.get_by_role("tab", name="Loss").focus()
    panel.since()
    for tab, place in (("Inside the update", 2), ("Graph", 3), ("Data and line", 4)):
        panel.page.keyboard.press("ArrowRight")
        (line,) = panel.until(tab)
        assert line.startswith(f"tab, {tab}, ")
        assert line.endswith(f"position {place}, set size 7")


def test_a_question_and_its_answer_are_heard_one_after_the_other(
    spoken: Callable[..., Spoken],
) -> None:
    panel = spoken(ask="loss")
    panel.press("Step")
    question = "Next is update 1. The loss over all rows is 33,150 now. What will it be then?"
    assert panel.until("Next is") == [BACK_TO_STEP, f"textbox, {question}"]
    panel.page.keyboard.type("9000")
    panel.page.keyboard.press("Enter")
    assert panel.until("update 1 of") == [
        BACK_TO_STEP,
        (
            "polite: Not close: the loss fell by 17%; you expected it to become 3.68 times "
            "smaller. · You said 9,000 · Actual 27,416 · 0 of 1 close"
        ),
        FIRST_UPDATE,
    ]


def test_a_refusal_is_said_once_and_not_again_with_what_follows(
    spoken: Callable[..., Spoken],
) -> None:
    panel = spoken()
    rate = panel.page.get_by_role("textbox", name="Learning rate value")
    rate.fill("abc")
    rate.press("Enter")
    _, refused = panel.until("Keeping the old value")
    assert refused.startswith("assertive: Learning rate: enter a positive, finite number")
    panel.press("Step")
    assert [line.split(":")[0] for line in panel.until("update 1 of")] == [BACK_TO_STEP, "polite"]


def test_what_is_to_be_expected_of_a_chosen_rate_is_said_and_nothing_else(
    spoken: Callable[..., Spoken],
) -> None:
    panel = spoken()
    rate = panel.page.get_by_role("textbox", name="Learning rate value")
    for typed, verdict in (("1", "divergent · "), ("1e-5", "good · ")):
        panel.since()
        rate.fill(typed)
        rate.press("Enter")
        heard = [line for line in panel.until(verdict) if line.startswith("polite")]
        assert len(heard) == 1, heard
        assert "largest stable" in heard[0]
