"""Page and cells at one trainer, at the same time: no lost update and no exception."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import Page, Shells
from tests.kernel.rounds import ROUNDS, assert_nothing_went_wrong, rounds, watched

pytestmark = pytest.mark.slow

# What a cell may look at meanwhile.
LOOKING = """
assert len(widget.trainer.recording.to_frame()) >= 3
assert widget.trainer.loss() > 0 and widget.trainer.to_script()
"""


@pytest.fixture
def page(shells: Shells) -> Iterator[Page]:
    with watched(shells, None) as page:
        yield page


def test_steps_by_button_and_steps_in_a_cell_are_all_made(
    page: Page, kernel: Kernel, shells: Shells
) -> None:
    kernel.execute("watch('step')")
    made = 0
    for begin in rounds(shells):
        asked = [page.ask("step", by="update")]
        cell = kernel.start(f"{begin}for _ in range(3): widget.step()")
        asked += [page.ask("step", by="update") for _ in range(2)]
        kernel.finish(cell)
        page.wait(asked)
        made += 6
        assert page.comm.state["update"] == made
    assert kernel.eval("widget.trainer.position.update") == made == 6 * ROUNDS
    assert_nothing_went_wrong(page, kernel)


def test_a_cell_uses_the_trainer_while_the_page_runs_it(
    page: Page, kernel: Kernel, shells: Shells
) -> None:
    kernel.execute("watch('advance')")
    page.do("run")
    made = 0
    for begin in rounds(shells):
        asked = [page.ask("advance"), page.ask("advance")]
        kernel.execute(f"{begin}for _ in range(3): widget.trainer.step()\n{LOOKING}")
        page.wait(asked)
        made += 3
        assert page.comm.state["status"] == "running"
        assert kernel.eval("widget.trainer.position.update - advanced") == made
    page.do("pause")
    assert kernel.eval("advanced") >= 2 * ROUNDS, "each request was given at least one update"
    assert_nothing_went_wrong(page, kernel)
