"""(m) The losses drawn by the page, against pictures that the kernel draws: bytes and time."""

from __future__ import annotations

import json
import time
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg

from linreg_widget import TrainerWidget
from linreg_widget.plots.loss import LossFigure
from linreg_widget.plots.screens import Throttle
from tests.benchmarks.common import Cost, Plan, at_most, in_turn, quartiles, report, say

TITLE = "The losses drawn by the page, against a picture that is sent: bytes, and the kernel's time"
_PERIOD = 0.05  # seconds between two requests of a page, at a given speed
_SCALE = 1.5  # pixels of a picture per pixel of the page
_RUNNING, _RESTING = 0.005, 0.1  # seconds for full-data losses


class _Pictures:
    """A plot as a stream of pictures, at most five a second and for a tenth of the time."""

    def __init__(self, widget: TrainerWidget) -> None:
        self._trainer = widget.trainer
        self._throttle = Throttle()
        self._figure = LossFigure()
        FigureCanvasAgg(self._figure.figure)
        self._figure.figure.set_dpi(_SCALE * self._figure.figure.dpi)
        self.bytes = 0
        widget.panel.show_axis([1000, 76, 988, 1])  # as with a canvas, the page need not draw
        widget.panel.on_change(self._on_change)

    def _on_change(self, *, at_rest: bool) -> None:
        if not (at_rest or self._throttle.is_due()):
            return
        with self._throttle.measured(free=at_rest):
            self._figure.follow(self._trainer, _RESTING if at_rest else _RUNNING)
            self._figure.paint()
            self.bytes += len(self._figure.png(fine=at_rest))


def _run(epochs: int, speed: str | None, *, pictures: bool) -> tuple[Cost, int]:
    """Train as a page asks for it; return what an update costs, and the bytes that were sent."""
    widget = TrainerWidget(plot="page", epochs=epochs, learning_rate=1e-5)
    panel, sent = widget.panel, 0

    def send(message: Any, buffers: Any = None) -> None:
        nonlocal sent
        sent += len(json.dumps(message, default=str)) + sum(map(len, buffers or ()))

    panel.__dict__["_send"] = send
    drawn = _Pictures(widget) if pictures else None
    panel.speed = speed
    wall, cpu = time.perf_counter(), time.process_time()
    panel.start()
    while panel.status == "running":
        panel._on_message(panel, {"kind": "advance", "client": "page", "id": 1}, [])
        if speed is not None:
            time.sleep(_PERIOD)
    updates = widget.trainer.position.update
    cost = Cost(
        (time.perf_counter() - wall) / updates,
        (time.process_time() - cpu) / updates,
    )
    widget.close()
    return cost, sent + (drawn.bytes if drawn else 0)


def measure(plan: Plan) -> None:
    """Measure and print."""
    _compare("The article's run, watched", 50, "watch", plan.rounds(5, 1))
    _compare("A hundred times as long, at full speed", 5_000, None, plan.rounds(10, 2))


def _compare(words: str, epochs: int, speed: str | None, rounds: int) -> None:
    sizes: dict[bool, list[float]] = {False: [], True: []}

    def side(*, pictures: bool) -> Cost:
        cost, size = _run(epochs, speed, pictures=pictures)
        sizes[pictures].append(size)
        return cost

    turns = in_turn(lambda: side(pictures=False), lambda: side(pictures=True), rounds)
    ours, theirs = (quartiles(sizes[pictures])[1] for pictures in (False, True))
    say(f"{words}: {ours / 1000:,.0f} kB with the page's plot, {theirs / 1000:,.0f} with pictures.")
    ratios = [one / other for one, other in zip(sizes[False], sizes[True], strict=True)]
    report("Bytes, page over pictures", ratios, at_most(0.5))
    report("The kernel's processor time, page over pictures", turns.dearer, at_most(1))
