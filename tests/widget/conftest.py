"""What the tests of widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linreg_widget import TrainerWidget


@pytest.fixture
def widget() -> Iterator[TrainerWidget]:
    """The crops at a good rate, without a plot."""
    widget = TrainerWidget(learning_rate=1e-5, plot=None)
    yield widget
    widget.close()
