"""Fixtures of the kernel protocol tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import WAYS, Shells


@pytest.fixture(scope="module", params=WAYS, ids=str)
def shells(request: pytest.FixtureRequest) -> Iterator[Shells]:
    """Yield a kernel of each lane for all tests of a file, since torch is slow to load."""
    with Kernel(request.param.lane) as kernel:
        yield Shells.of(kernel, request.param)


@pytest.fixture
def kernel(shells: Shells) -> Kernel:
    return shells.kernel
