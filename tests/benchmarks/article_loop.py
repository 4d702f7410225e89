"""(a) The Trainer against the article's loop."""

from __future__ import annotations

from linreg_widget import Trainer, crop_yields
from tests.benchmarks.common import Plan, at_least, cost_of, in_turn, median, report, say
from tests.benchmarks.loops import ArticleLoop

TITLE = "Trainer against the article's loop with its DataLoader, nothing printed"
_EPOCHS = 40  # a turn of a few milliseconds


def measure(plan: Plan) -> None:
    """Measure and print."""
    table = crop_yields()
    trainer, article = Trainer(table, learning_rate=1e-6), ArticleLoop(table)
    updates = _EPOCHS * trainer.batches
    turns = in_turn(
        lambda: cost_of(lambda: trainer.run(_EPOCHS), updates),
        lambda: cost_of(lambda: article.run(_EPOCHS), updates),
        plan.rounds(200, 40),
    )
    say(
        f"Trainer {1 / median(turns.one):,.0f} updates a second, the article's loop "
        f"{1 / median(turns.other):,.0f}; {updates} updates a turn. The Trainer records losses and "
        "checkpoints, the article's loop keeps nothing."
    )
    report("Times as fast", turns.faster, at_least(1.5))
    report("By processor time", turns.cheaper)
