"""What holds for all tests: markers by folder, the browser last, nobody's own Jupyter settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import lanes


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's Jupyter and IPython settings, start-up files and history out of the tests."""
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
        lanes.install(folder / "data")  # their kernels are started by name
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.delenv("MPLBACKEND", raising=False)
        yield


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of the lessons that were run in this session, whoever ran them."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "executed"


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many certified digits the least-squares solutions reached."""
    reached = [
        words
        for report in terminalreporter.getreports("passed")
        for name, words in report.user_properties
        if name == "digits"
    ]
    if reached:
        terminalreporter.write_sep("=", "correct digits of NIST's certified regressions")
        terminalreporter.write_line(", ".join(sorted(reached)))
