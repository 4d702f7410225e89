"""What holds for all tests: markers by folder, and the browser last."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of tests/browser and tests/kernel, and put the browser's last.

    Playwright keeps an event loop running in the main thread from its first test to its last;
    ``asyncio.run`` in any test after it would fail.
    """
    for item in items:
        for folder in ("browser", "kernel"):
            if folder in item.path.parts:
                item.add_marker(folder)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
