"""What tests of the panel share."""

from __future__ import annotations

import pytest

from linreg_widget.panel import handover


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every table for one that is too large for the state, so that pages need a tape."""
    monkeypatch.setattr(handover, "MOST_BYTES", 0)
