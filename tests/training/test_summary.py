"""A run in a sentence: every number is the recording's own."""

from __future__ import annotations

import math

from linreg_widget import Trainer, crop_yields
from linreg_widget.training.summary import described


def test_a_run_is_told_in_a_sentence() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    assert described(trainer, 33150.0, 0.9094).startswith("None of 250 updates done yet: ")
    trainer.step("update", 7)
    trainer.back("update", 2)
    words = described(trainer, 1000.0, 0.9094)
    assert words.startswith("After 5 of 250 updates (7 are recorded) the batch loss went from ")
    assert "the loss over all rows is 1,000" in words
    trainer.seek(0)
    assert described(trainer, 1.0, 1.0).startswith("Back at the start, with 7 updates recorded")
    wild = Trainer(crop_yields(), learning_rate=1.0)
    wild.run()
    assert described(wild, math.inf, 0.9).startswith("The run diverged: from ")
