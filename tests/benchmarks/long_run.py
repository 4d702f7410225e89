"""(f) The cost of an update, and of showing it, early and late in a run."""

from __future__ import annotations

from collections.abc import Callable

from linreg_widget import Trainer, TrainerWidget
from tests.benchmarks.common import (
    Cost,
    Goal,
    Plan,
    Turns,
    cost_of,
    in_turn,
    median,
    report,
    say,
)

TITLE = "The cost of an update, and of showing it, at 1,000 and at 1,000,000 recorded updates"
_EARLY, _LATE, _LATE_QUICKLY = 1_000, 1_000_000, 100_000
_UPDATES = 200  # a turn of a few milliseconds
_GOAL = Goal("within 5%", lambda ratio: ratio <= 1.05)


def measure(plan: Plan) -> None:
    """Measure and print."""
    recorded = plan.rounds(_LATE, _LATE_QUICKLY)
    epochs = recorded  # five times as many updates: no run is near its end
    # Trained in earnest, with the real update function, and through a widget, so that one recording
    # serves for both questions. No page is connected: what is sent goes nowhere.
    late = TrainerWidget(learning_rate=1e-6, epochs=epochs)
    late.trainer.advance(1e9, recorded)
    late.panel.pause()  # the panel and the plot take the long run in

    early_trainer = Trainer(late.trainer.table, learning_rate=1e-6, epochs=epochs)

    def update_early() -> Cost:
        early_trainer.reset()
        early_trainer.advance(1e9, _EARLY)
        return _updates(early_trainer)

    rounds = plan.rounds(200, 40)
    turns = in_turn(lambda: _updates(late.trainer), update_early, rounds)
    _print("An update of the Trainer", recorded, turns)

    early = TrainerWidget(late.trainer.table, learning_rate=1e-6, epochs=epochs)
    early.trainer.advance(1e9, _EARLY)
    early.panel.pause()

    def shown(widget: TrainerWidget, show: Callable[[], object]) -> Cost:
        widget.trainer.step()  # so that there is something new to show
        return cost_of(show, 1)

    # The panel alone: pause() only works out its state and sends it.
    parts = {
        "The panel's state, worked out and sent (pause() without the plot)": "panel",
        "A frame of the plot, drawn and sent (refresh())": "plot",
    }
    listeners = [(widget, list(widget.panel._listeners)) for widget in (early, late)]
    for words, part in parts.items():
        for widget, kept in listeners:
            widget.panel._listeners[:] = [] if part == "panel" else kept

        def show(widget: TrainerWidget, part: str = part) -> Cost:
            plot = widget.plot
            return shown(
                widget, widget.panel.pause if part == "panel" else lambda: plot.refresh(force=True)
            )

        turns = in_turn(lambda: show(late), lambda: show(early), plan.rounds(60, 12))
        _print(words, recorded, turns)
    early.close()
    late.close()


def _updates(trainer: Trainer) -> Cost:
    return cost_of(lambda: trainer.advance(1e9, _UPDATES), _UPDATES)


def _print(words: str, recorded: int, turns: Turns) -> None:
    say(
        f"{words}: {median(turns.other) * 1e6:,.1f} µs at {_EARLY:,} recorded updates, "
        f"{median(turns.one) * 1e6:,.1f} µs at {recorded:,}."
    )
    report("Late over early", turns.slower, _GOAL)
    report("By processor time", turns.dearer)
