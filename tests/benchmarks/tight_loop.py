"""(b) The Trainer, recording, against the tightest hand-written loop."""

from __future__ import annotations

import numpy as np
import torch

from linreg_widget import Trainer, crop_yields
from tests.benchmarks.common import (
    Cost,
    Goal,
    Plan,
    Turns,
    at_least,
    cost_of,
    in_turn,
    microseconds,
    report,
)
from tests.benchmarks.loops import TightLoop

TITLE = "Trainer with recording against the tightest hand-written loop"
_EPOCHS = 40  # a turn of a few milliseconds


def measure(plan: Plan) -> None:
    """Measure and print."""
    print("  The tightest loop has no DataLoader: it draws the DataLoader's two numbers an epoch, permutes")
    print("  the rows once and splits them; model and loss stand in the loop, and every loss is kept in a list.")
    table = crop_yields()
    trainer, tight = Trainer(table, learning_rate=1e-6), TightLoop(table)
    updates = _EPOCHS * trainer.batches
    turns = in_turn(
        lambda: cost_of(lambda: trainer.run(_EPOCHS), updates),
        lambda: cost_of(lambda: tight.run(_EPOCHS), updates),
        plan.rounds(300, 60),
    )
    same = (
        trainer.recording.losses.tobytes() == np.array(tight.losses, np.float32).tobytes()
        and torch.equal(trainer.model.w, tight.w)
        and torch.equal(trainer.model.b, tight.b)
    )
    print(
        f"  After {len(tight.losses):,} updates losses, w and b are "
        f"{'the same to the last bit' if same else 'NOT THE SAME'}."
    )
    _print("a long run, epoch after epoch", turns, at_least(0.9))

    def new_trainer() -> Cost:
        trainer = Trainer(table, learning_rate=1e-6)
        return cost_of(trainer.run, trainer.total)

    def new_loop() -> Cost:
        loop = TightLoop(table)
        return cost_of(lambda: loop.run(50), 50 * trainer.batches)

    _print("the article's 50 epochs, begun anew", in_turn(new_trainer, new_loop, plan.rounds(300, 60)))


def _print(words: str, turns: Turns, goal: Goal | None = None) -> None:
    print(
        f"  {words[0].upper()}{words[1:]}: an update takes the Trainer {microseconds(turns.one)}, "
        f"the tight loop {microseconds(turns.other)}."
    )
    report("times as fast", turns.faster, goal)
    report("by processor time", turns.cheaper)
