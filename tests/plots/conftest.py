"""What the tests of plots share."""

from __future__ import annotations

import pytest

from tests.plots.pixels import Lock


@pytest.fixture
def lock() -> Lock:
    return Lock()
