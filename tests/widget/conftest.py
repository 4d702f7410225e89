"""What the tests of widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linreg_widget import Trainer, TrainerWidget, crop_yields
from tests.widget.plots import Lock


@pytest.fixture
def trainer() -> Trainer:
    """The crops at a good rate."""
    return Trainer(crop_yields(), learning_rate=1e-5)


@pytest.fixture
def lock() -> Lock:
    return Lock()


@pytest.fixture
def widget() -> Iterator[TrainerWidget]:
    """The crops at a good rate, without a plot."""
    widget = TrainerWidget(learning_rate=1e-5, plot=None)
    yield widget
    widget.close()
