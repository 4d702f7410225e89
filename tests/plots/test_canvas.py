"""The ipympl canvas: what it sends, what it answers, and under which lock."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from linreg_widget import Trainer
from linreg_widget.plots.loss import LossPlot
from tests.plots.pixels import Lock, captured, is_blank, latest, message, pixels


def test_frames_are_sent_without_being_asked_for(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    frames = captured(plot)
    trainer.run()
    plot.refresh(force=True)
    assert frames == [latest(plot)]


def test_every_frame_is_whole(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    frames = captured(plot)
    for _ in range(2):
        message(plot, type="draw")
    assert frames[0] == frames[1]
    assert plot.widget._image_mode == "full"


def test_a_page_that_opens_is_answered(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    frames = captured(plot)
    message(plot, type="set_dpi_ratio", dpi_ratio=2)
    for kind in ("refresh", "send_image_mode", "initialized", "draw"):
        message(plot, type=kind)
    assert pixels(frames[-1]).shape == (444, 2000, 3)
    assert tuple(plot.widget._size) == pytest.approx((1000, 222))
    message(plot, type="set_dpi_ratio", dpi_ratio=1)
    message(plot, type="resize", width=500, height=240)
    message(plot, type="draw")
    assert pixels(frames[-1]).shape == (240, 500, 3)


def test_a_frame_after_a_change_of_size_is_drawn_anew(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    frames = captured(plot)
    message(plot, type="set_dpi_ratio", dpi_ratio=2)
    plot.refresh(force=True)
    message(plot, type="draw")
    message(plot, type="set_dpi_ratio", dpi_ratio=1)
    assert frames[0] == frames[1]


def test_the_state_holds_the_latest_frame_with_a_page_open_as_well(
    trainer: Trainer, lock: Lock
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    assert tuple(plot.widget._size) == pytest.approx((1000, 222)), (
        "a page without a kernel reserves no room"
    )
    message(plot, type="initialized")
    frames = captured(plot)
    trainer.run()
    plot.refresh(force=True)
    assert latest(plot) == frames[-1]
    assert not is_blank(pixels(frames[-1]))


def test_only_what_a_learner_needs_is_shown_around_it(trainer: Trainer, lock: Lock) -> None:
    canvas = LossPlot(trainer, lock, "ipympl").widget
    shown = [canvas.header_visible, canvas.footer_visible, canvas.resizable]
    assert shown == [False, False, False]
    assert canvas.toolbar_visible == "hidden"


@pytest.mark.parametrize(
    "content",
    [
        {"type": "key_press", "key": "kl", "guiEvent": {}},
        {"type": "button_press", "x": 400, "y": 150, "button": 0, "buttons": 1, "modifiers": []},
        {"type": "toolbar_button", "name": "zoom"},
        {"type": "unheard of"},
        {},
    ],
)
def test_mouse_and_keyboard_change_nothing(
    trainer: Trainer, lock: Lock, content: dict[str, Any]
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()
    frames, taken = captured(plot), lock.taken
    message(plot, **content)
    assert (frames, lock.taken) == ([], taken)
    assert plot.widget.figure.axes[0].get_yscale() == "log"


def test_it_draws_and_answers_under_the_lock(
    trainer: Trainer, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()
    figure, held = plot._figure, []
    assert figure is not None
    png = figure.png

    def watched(*, fine: bool) -> bytes:
        held.append(lock.depth > 0)
        return bytes(png(fine=fine))

    monkeypatch.setattr(figure, "png", watched)
    plot.refresh(force=True)
    message(plot, type="draw")
    plot.widget.draw()
    assert held
    assert all(held)
    assert lock.depth == 0


def test_two_threads_draw_one_after_the_other(trainer: Trainer) -> None:
    lock, failures = threading.RLock(), list[BaseException]()
    plot = LossPlot(trainer, lock, "ipympl")
    frames = captured(plot)

    def page() -> None:
        try:
            for _ in range(10):
                message(plot, type="draw")
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failures.append(error)

    thread = threading.Thread(target=page)
    thread.start()
    for _ in range(10):
        with lock:
            trainer.step()
        plot.refresh(force=True)
    thread.join()
    assert failures == []
    assert len(frames) == 20
    assert not any(is_blank(pixels(frame)) for frame in frames)
