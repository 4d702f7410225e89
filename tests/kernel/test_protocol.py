"""The page's protocol against a real kernel, in hand-made comm messages, on shell and subshell."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import SUBSHELLS, Page, Shells, tried


@pytest.fixture
def page(shells: Shells) -> Iterator[Page]:
    with shells.page("TrainerWidget(learning_rate=1e-5, epochs=2000, plot=None)") as page:
        yield page


def test_step_and_back_answer_after_the_state(page: Page, kernel: Kernel) -> None:
    page.do("step", by="update")
    assert page.comm.state["update"] == 1
    assert page.losses()[0] == kernel.eval("widget.trainer.recording.losses")[0]
    page.do("step", by="phase")
    assert (page.comm.state["update"], page.comm.state["_phase"]) == (1, "predict")
    page.do("step", by="epoch")
    assert (page.comm.state["_epoch"], page.comm.state["_batch"]) == (1, 0)
    page.do("back", by="update")
    assert page.comm.state["update"] == 4
    assert kernel.eval("replayed()")


def test_a_run_goes_to_its_end_and_stops_by_itself(page: Page, kernel: Kernel) -> None:
    page.comm.set(subshell=page.subshell, epochs=100, speed=None)
    page.do("run")
    assert page.comm.state["status"] == "running"
    page.pull(lambda: page.comm.state["status"] == "finished")
    assert page.comm.state["update"] == page.comm.state["_total"] == 500
    assert page.comm.state["_pull"] is False
    assert kernel.eval("widget.status") == "finished"
    assert kernel.eval("replayed()")


def test_without_requests_nothing_runs(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    update = page.comm.state["update"]
    assert update > 0
    assert kernel.eval("widget.update") == update == kernel.eval("widget.trainer.position.update")


def test_a_pause_stops_the_run_and_late_requests_do_nothing(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    late = [page.ask("advance"), page.ask("pause"), page.ask("advance"), page.ask("advance")]
    page.comm.wait(lambda: all(page.answered(number) for number in late))
    assert page.comm.state["status"] == "paused"
    update = page.comm.state["update"]
    page.do("advance")
    assert page.comm.state["update"] == update == kernel.eval("len(widget.trainer.recording)")
    assert kernel.eval("replayed()")


def test_two_clicks_on_run_make_one_run(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("run")
    page.pull(lambda: page.comm.state["update"] > 0)
    page.do("pause")
    page.do("pause")
    assert page.comm.state["status"] == "paused"
    assert kernel.eval("replayed()")


def test_a_reset_within_a_run_stops_it_at_the_beginning(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    late = [page.ask("advance"), page.ask("reset"), page.ask("advance")]
    page.comm.wait(lambda: all(page.answered(number) for number in late))
    assert (page.comm.state["status"], page.comm.state["update"]) == ("ready", 0)
    assert page.comm.state["_pull"] is False
    assert kernel.eval("replayed()")


def test_a_step_within_a_run_pauses_it_and_makes_one_update(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    update = page.comm.state["update"]
    page.do("step", by="update")
    assert (page.comm.state["status"], page.comm.state["update"]) == ("paused", update + 1)
    assert kernel.eval("replayed()")


def test_a_slider_moved_within_a_run_holds_from_the_next_update(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    before = page.comm.state["update"]
    page.comm.set(subshell=page.subshell, learning_rate=2e-5)
    page.do("advance")
    assert page.comm.state["status"] == "running"
    page.do("pause")
    segments = kernel.eval(
        "[(s.update, s.settings.learning_rate) for s in widget.trainer.recording.segments]"
    )
    assert segments == [[0, 1e-5], [before, 2e-5]]
    assert kernel.eval("replayed()")


def test_a_value_that_cannot_be_used_is_refused_in_words_and_put_back(
    page: Page, kernel: Kernel
) -> None:
    kernel.handled(page.comm.set(subshell=page.subshell, learning_rate=-1))
    page.comm.wait(lambda: page.comm.state["learning_rate"] == 1e-5)
    assert "must be a positive, finite number" in page.comm.state["_alert"]
    page.do("step", by="update")
    assert page.comm.state["_alert"] == ""


def test_a_seek_goes_to_a_recorded_moment(page: Page, kernel: Kernel) -> None:
    page.do("run")
    page.do("advance")
    page.do("pause")
    page.do("seek", update=3)
    assert page.comm.state["update"] == 3
    assert page.comm.state["_recorded"] > 3
    page.do("seek", update=10**9)
    assert page.comm.state["update"] == 3
    assert "is not recorded" in page.comm.state["_alert"]
    assert kernel.eval("replayed()")


def test_answers_name_the_window_that_asked(page: Page) -> None:
    other = Page(page.comm, page.subshell, client="two")
    page.do("run")
    numbers = [page.ask("advance"), other.ask("advance"), page.ask("advance")]
    page.comm.wait(lambda: page.answered(numbers[0]) and page.answered(numbers[2]))
    page.comm.wait(lambda: other.answered(numbers[1]))
    assert len(page.comm.custom(client="two")) == 1


def test_at_a_speed_two_windows_do_not_double_it(page: Page, kernel: Kernel) -> None:
    other = Page(page.comm, page.subshell, client="two")
    page.comm.set(subshell=page.subshell, speed=0.001)
    page.do("run")
    for _ in range(3):
        page.do("advance")
        other.do("advance")
    assert page.comm.state["update"] == 1


def test_divergence_stops_the_run_with_finite_json(page: Page, kernel: Kernel) -> None:
    page.comm.set(subshell=page.subshell, learning_rate=1.0)
    page.do("run")
    page.pull(lambda: page.comm.state["status"] == "diverged")
    assert page.comm.state["_pull"] is False
    assert not all(map(math.isfinite, page.losses()))
    page.do("back", by="update")
    assert page.comm.state["status"] == "paused"
    assert kernel.eval("bool(widget.trainer.model.w.isfinite().all())")


def test_an_unknown_message_is_answered_and_does_nothing(page: Page) -> None:
    page.do("dance")
    page.do("step", by="sideways")
    assert page.comm.state["update"] == 0
    assert "'sideways'" in page.comm.state["_alert"]


def test_a_run_in_a_cell_is_live_and_an_interrupt_keeps_everything(
    page: Page, kernel: Kernel
) -> None:
    cell = kernel.start("widget.run(epochs=10**6)")
    page.comm.wait(lambda: page.comm.state["update"] > 0)
    assert page.comm.state["status"] == "running"
    kernel.interrupt()
    assert kernel.finish(cell, check=False).error.startswith("KeyboardInterrupt")
    page.comm.wait(lambda: page.comm.state["status"] == "paused")
    assert page.comm.state["update"] == kernel.eval("widget.trainer.position.update") > 0
    page.do("step", by="update")
    assert page.comm.state["update"] == kernel.eval("len(widget.trainer.recording)")
    page.do("seek", update=100)
    assert kernel.eval("replayed()")


@pytest.mark.parametrize("shells", tried(SUBSHELLS), indirect=True)  # the main shell is busy
def test_a_pause_reaches_a_run_in_a_cell_through_a_subshell(page: Page, kernel: Kernel) -> None:
    cell = kernel.start("widget.run(epochs=10**6)")
    page.comm.wait(lambda: page.comm.state["update"] > 0)
    # The cell publishes on the comm from the main shell, which then draws the messages there.
    kernel.execute("widget.pause()", subshell=page.subshell)
    kernel.finish(cell)
    page.comm.wait(lambda: page.comm.state["status"] == "paused")


def test_an_interrupt_of_a_cell_that_steps_ends_it_between_two_updates(
    page: Page, kernel: Kernel
) -> None:
    cell = kernel.start("while True: widget.step()")
    page.comm.wait(lambda: page.comm.state["update"] > 2)
    kernel.interrupt()
    assert kernel.finish(cell, check=False).error.startswith("KeyboardInterrupt")
    page.do("step", by="update")
    assert page.comm.state["update"] == kernel.eval("len(widget.trainer.recording)")
    assert kernel.eval("replayed()")


def test_an_error_in_a_users_update_function_is_told_and_the_next_step_works_once_mended(
    shells: Shells, kernel: Kernel
) -> None:
    # It fails at the second update only, so that the first can be made again by replay.
    kernel.execute("import torch; from linreg_widget import gradient_update; broken = False")
    kernel.execute(
        "def update(model, x, y, learning_rate):\n"
        "    made = getattr(model, 'made', torch.tensor(0))\n"
        "    if broken and made: raise ValueError('the reader forgot something')\n"
        "    loss = yield from gradient_update(model, x, y, learning_rate)\n"
        "    model.made = made + 1\n"
        "    return loss"
    )
    with shells.page("TrainerWidget(update=update, learning_rate=1e-5, plot=None)") as page:
        page.do("step", by="update")
        before = kernel.eval("widget.trainer.model.w")
        kernel.execute("broken = True")
        page.do("step", by="update")
        assert "the reader forgot something" in page.comm.state["_alert"]
        assert (page.comm.state["status"], page.comm.state["update"]) == ("failed", 1)
        assert kernel.eval("widget.trainer.model.w") == before
        page.do("run")
        page.do("advance")
        assert page.comm.state["_pull"] is False
        kernel.execute("broken = False")
        page.do("step", by="update")
        assert page.comm.state["_alert"] == ""
        assert (page.comm.state["status"], page.comm.state["update"]) == ("paused", 2)
        assert kernel.eval("replayed()")
