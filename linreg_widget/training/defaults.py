"""The learning rate and the batch size where none is given: worked out from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.insight import round_rate
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from linreg_widget.insight import Insight
    from linreg_widget.settings import Settings

__all__ = ["filled_in"]

_SMALL_TABLE = 100  # rows, up to which batches are of the article's three


@quietly
def filled_in(settings: Settings, insight: Insight) -> Settings:
    """Return settings with learning rate and batch size worked out where they are None.

    Raises
    ------
    SettingsError
        If the features are so large that no float32 number is a stable learning rate.
    """
    if settings.batch_size is None:
        size = 3 if insight.table.rows <= _SMALL_TABLE else 64
        settings = settings.but(batch_size=size)
    if settings.learning_rate is None:
        told = insight.but(batch_size=settings.batch_rows, standardize=settings.standardize)
        limit = told.largest_stable_rate
        rate = round_rate(limit / 10)
        if rate < np.finfo(np.float32).tiny:
            raise SettingsError(say("fields.too_large_features", limit=round_rate(limit)))
        settings = settings.but(learning_rate=rate)
    return settings
