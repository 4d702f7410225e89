"""A trainer for the tests."""

from __future__ import annotations

from typing import Any

from linreg_widget import Trainer, crop_yields


def crops(**given: Any) -> Trainer:
    """Return a trainer on the article's table, at a good rate unless another one is given."""
    return Trainer(crop_yields(), **{"learning_rate": 1e-5, **given})
