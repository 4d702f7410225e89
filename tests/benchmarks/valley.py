"""(h) What the valley costs: drawn anew for another choice in its menus, and repainted in a run."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

from linreg_widget import Trainer, crop_yields
from linreg_widget.plots.valley.plot import ValleyPlot
from tests.benchmarks.common import Cost, Goal, Plan, cost_of, report, say

TITLE = "The valley, drawn anew and repainted"
_GOAL = Goal("under 100 ms", lambda milliseconds: milliseconds < 100)


def measure(plan: Plan) -> None:
    """Measure and print."""
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.run()
    trainer.seek(50)
    trainer.change(learning_rate=3e-6)
    trainer.run()
    plot = ValleyPlot(trainer, threading.RLock(), "ipympl")
    rounds = plan.rounds(60, 15)
    axes = itertools.cycle(range(2, len(plot.across.options)))

    def choose() -> None:
        plot.across.value = next(axes)

    def repaint() -> None:
        plot.refresh(force=True)

    say(
        "A whole frame each: the losses that it needs, the contours, the picture and its PNG, "
        "640 by 460 pixels, for the article's rows after 250 updates with one branch. "
        "Drawn anew: another axis is chosen in a menu. Repainted: the run has gone on."
    )
    for words, work, goal in (
        ("Drawn anew, milliseconds", choose, _GOAL),
        ("Repainted, milliseconds", repaint, None),
    ):
        costs = [_frame(trainer, work) for _ in range(rounds + 1)][1:]
        report(words, [1000 * cost.wall for cost in costs], goal)
        report(f"{words}, of the processor", [1000 * cost.cpu for cost in costs])
    plot.close()


def _frame(trainer: Trainer, work: Callable[[], None]) -> Cost:
    trainer.step()
    return cost_of(work, 1)
