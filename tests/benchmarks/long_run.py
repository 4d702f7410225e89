"""(f) The cost of an update, and of showing it, early and late in a run."""

from __future__ import annotations

from linreg_widget import Trainer, TrainerWidget, crop_yields
from tests.benchmarks.common import Cost, Goal, Plan, Turns, cost_of, in_turn, median, report, say

TITLE = "The cost of an update, and of showing it, at 1,000 and at 1,000,000 recorded updates"
_EARLY, _LATER, _LATE, _LATE_QUICKLY = 1_000, 10_000, 1_000_000, 100_000
_UPDATES = 200  # a turn of a few milliseconds
_FOREVER = 1e9  # seconds
_GOAL = Goal("within 5%", lambda ratio: ratio <= 1.05)


def measure(plan: Plan) -> None:
    """Measure and print."""
    recorded = plan.rounds(_LATE, _LATE_QUICKLY)

    # Trained in earnest, with the real update function: a minute or so for a million. The settings
    # are the same on both sides, also the run's length, which is far from reached.
    def widget_at(updates: int) -> TrainerWidget:
        widget = TrainerWidget(learning_rate=1e-6, epochs=recorded)
        widget.trainer.advance(_FOREVER, updates)
        widget.panel.pause()  # panel and plot take over what is recorded
        return widget

    late = widget_at(recorded)

    def update_late() -> Cost:
        return _updates(late.trainer)

    def update_early() -> Cost:
        trainer = Trainer(crop_yields(), learning_rate=1e-6, epochs=recorded)
        trainer.advance(_FOREVER, _EARLY)
        return _updates(trainer)

    turns = in_turn(update_late, update_early, plan.rounds(200, 40))
    _print("An update of the Trainer", _EARLY, recorded, turns, _GOAL)

    say(
        "Showing it, after each single update: the panel works out its state and sends it, and the "
        "plot draws a frame and sends it. There is no page here, so what is sent goes nowhere."
    )
    early, later = widget_at(_EARLY), widget_at(_LATER)
    rounds = plan.rounds(60, 12)
    turns = in_turn(lambda: _panel_and_plot(late), lambda: _panel_and_plot(early), rounds)
    _print("Panel and plot", _EARLY, recorded, turns, _GOAL)
    turns = in_turn(lambda: _plot(late), lambda: _plot(early), rounds)
    _print("Of that the plot, which has a min-max band only later", _EARLY, recorded, turns)
    turns = in_turn(lambda: _plot(late), lambda: _plot(later), rounds)
    _print("The plot, with the band on both sides", _LATER, recorded, turns)
    for widget in (early, later, late):
        widget.close()


def _updates(trainer: Trainer) -> Cost:
    return cost_of(lambda: trainer.advance(_FOREVER, _UPDATES), _UPDATES)


def _panel_and_plot(widget: TrainerWidget) -> Cost:
    widget.trainer.step()
    return cost_of(widget.panel.pause, 1)


def _plot(widget: TrainerWidget) -> Cost:
    widget.trainer.step()
    return cost_of(lambda: widget.plot.refresh(force=True), 1)


def _print(words: str, early: int, late: int, turns: Turns, goal: Goal | None = None) -> None:
    say(
        f"{words}: {median(turns.other) * 1e6:,.1f} µs at {early:,} recorded updates, "
        f"{median(turns.one) * 1e6:,.1f} µs at {late:,}."
    )
    report("Late over early", turns.slower, goal)
    report("By processor time", turns.dearer)
