"""Fixtures of the kernel protocol tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.harness import Kernel


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    """Yield a kernel of its own for each test: what one leaves behind the next must not see."""
    with Kernel() as kernel:
        yield kernel
