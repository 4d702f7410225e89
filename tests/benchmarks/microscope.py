"""(g) What the microscope costs a run at full speed, in the kernel."""

from __future__ import annotations

from typing import Any

from linreg_widget import TrainerWidget
from tests.benchmarks.common import Cost, Goal, Plan, cost_of, in_turn, median, report, say

TITLE = "A run at full speed with the microscope, against one without"
_SLICES = 4  # a turn: as many requests of the page
_GOAL = Goal("under 5% more", lambda ratio: ratio < 1.05)


def measure(plan: Plan) -> None:
    """Measure and print."""
    seeing, blind = _widget(), _blind_widget()
    turns = in_turn(lambda: _slices(seeing), lambda: _slices(blind), plan.rounds(100, 20))
    frame = seeing.panel._frame_data
    say(
        "Slices of full speed, as the page asks for them, without page and plot. The one run makes "
        "each slice's last update phase by phase, copies its tensors, and sends them with the "
        "code's lines, a sentence and all rows' predictions; the other does none of it. "
        f"{1 / median(turns.one):,.0f} and {1 / median(turns.other):,.0f} updates a second; "
        f"a frame has {len(frame)} bytes of numbers."
    )
    report("Times as long", turns.slower, _GOAL)
    report("By processor time", turns.dearer)
    for widget in (seeing, blind):
        widget.close()


def _widget() -> TrainerWidget:
    return TrainerWidget(learning_rate=1e-6, epochs=1_000_000, plot=None)


def _blind_widget() -> TrainerWidget:
    """Return a widget that looks into no update."""
    widget: Any = _widget()
    loop, readings = widget.trainer._run, widget.panel._readings
    train = loop.train

    def train_blindly(stop: int, deadline: float, _look: str) -> None:
        train(stop, deadline, "never")

    loop.train = train_blindly
    readings._frame = dict
    readings._fit.numbers = lambda *_: {}
    return widget  # type: ignore[no-any-return]


def _slices(widget: TrainerWidget) -> Cost:
    panel, message = widget.panel, {"kind": "advance", "client": "", "id": 0}
    before = widget.trainer.position.update
    panel.start()

    def work() -> None:
        for _ in range(_SLICES):
            panel._on_message(panel, message, [])

    whole = cost_of(work, 1)
    made = widget.trainer.position.update - before
    panel.pause()
    return Cost(whole.wall / made, whole.cpu / made)
