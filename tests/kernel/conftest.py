"""Fixtures of the kernel protocol tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import WAYS, Shells, Way, tried


@pytest.fixture(scope="session")
def started() -> Iterator[dict[Way, Shells]]:
    """Yield the kernels that this session has, one for each way: torch is slow to load."""
    kernels: dict[Way, Shells] = {}
    yield kernels
    for shells in kernels.values():
        shells.kernel.close()


@pytest.fixture(scope="module", params=tried(WAYS))
def shells(request: pytest.FixtureRequest, started: dict[Way, Shells]) -> Iterator[Shells]:
    """Yield the kernel of each way, in which nothing is left of the file before."""
    way: Way = request.param
    failed = request.session.testsfailed
    if way not in started:
        kernel = Kernel(way.lane)
        try:
            started[way] = Shells.of(kernel, way)
        except BaseException:
            kernel.close()
            raise
    yield started[way]
    if request.session.testsfailed > failed:
        started.pop(way).kernel.close()  # who knows in what state
    else:
        started[way].start_over()


@pytest.fixture
def kernel(shells: Shells) -> Kernel:
    return shells.kernel
