"""The default learning rate and batch size, worked out from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.insight import round_rate
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linreg_widget.insight import Insight
    from linreg_widget.settings import Settings

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


def begun_anew(
    settings: Settings, others: Mapping[str, Any], insight: Insight, *, own_rate: bool
) -> Settings:
    """Return the settings of a run that begins again.

    Parameters
    ----------
    settings : Settings
        Those of the run so far.
    others : mapping
        What should differ, by name; None for what should stay.
    insight : Insight
    own_rate : bool
        Whether the learning rate was given. One that was worked out from the data is worked out
        again if the features are scaled differently now.
    """
    changes: dict[str, Any] = {name: value for name, value in others.items() if value is not None}
    wanted = settings.but(**changes)
    if wanted.standardize != settings.standardize and not own_rate:
        wanted = wanted.but(learning_rate=None)
    return filled_in(wanted, insight)
