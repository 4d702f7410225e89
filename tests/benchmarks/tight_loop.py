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
    median,
    report,
    say,
)
from tests.benchmarks.loops import TightLoop

TITLE = "Trainer with recording against the tightest hand-written loop"
_EPOCHS = 40  # a turn of a few milliseconds


def measure(plan: Plan) -> None:
    """Measure and print."""
    say(
        "The tightest loop has no DataLoader: it draws the DataLoader's two numbers an epoch, "
        "permutes the rows once and splits them. Model and loss stand in the loop, the operations "
        "are the article's one by one, and every loss is kept in a list. No checks, no checkpoints."
    )
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
    words = "are the same to the last bit" if same else "are NOT THE SAME"
    say(f"After {len(tight.losses):,} updates of both, all losses, w and b {words}.")
    _print("A long run", turns, at_least(0.96))

    def new_trainer() -> Cost:
        trainer = Trainer(table, learning_rate=1e-6)
        return cost_of(trainer.run, trainer.total)

    def new_loop() -> Cost:
        loop = TightLoop(table)
        return cost_of(lambda: loop.run(50), 50 * trainer.batches)

    turns = in_turn(new_trainer, new_loop, plan.rounds(300, 60))
    words = "The article's 50 epochs from the start, a checkpoint at each one's end"
    _print(words, turns, at_least(0.93))


def _print(words: str, turns: Turns, goal: Goal) -> None:
    ours, theirs = median(turns.one) * 1e6, median(turns.other) * 1e6
    say(f"{words}: an update takes the Trainer {ours:.1f} µs, the tight loop {theirs:.1f} µs.")
    report("Times as fast", turns.faster, goal)
    report("By processor time", turns.cheaper)
