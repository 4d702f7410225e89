"""What holds for all tests: who runs what, on which clock, and nobody's own Jupyter settings."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from linreg_widget import clock
from tests import busy, lanes, sockets, timeless, warm

if TYPE_CHECKING:
    from linreg_widget import Trainer, TrainerWidget

# Threads that wait for work spin, and take the processor from whoever else has work: several
# processes share each core here. Torch's sleep instead, and so do those of all that tests start.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Where this is at hand, jsonschema loads it with nbformat, for a second, to check what nobody here
# has: addresses in other scripts.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

LONG = (
    "tests/kernel/",
    "tests/test_lesson.py",
    "tests/insight/",
    "tests/training/",
    "tests/panel/",
    "tests/browser/test_classic.py",
    "tests/browser/test_component.py",
    "tests/browser/test_conduct.py",
    "tests/browser/test_lossplot.py",
    "tests/browser/test_nbconvert.py",
    "tests/browser/test_site.py",
)
"""Files that take more than about 20 seconds, by how their names begin: they come before others."""

# Without deadlines, which are times; and what is tried is the same each time, here and in CI.
for name in ("quick", "test", "matrix"):
    settings.register_profile(
        name,
        max_examples=lanes.examples(30),
        deadline=None,
        derandomize=True,
    )
settings.load_profile(lanes.length())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options that make another machine of this one."""
    group = parser.getgroup("linreg_widget")
    group.addoption(
        "--clock",
        type=float,
        default=1.0,
        metavar="SPEED",
        help="seconds that pass for the package in one second: 20 is a slow machine, 0.05 a quick",
    )
    group.addoption(
        "--lag",
        default="",
        metavar="WAYS",
        help="milliseconds between page and kernel, as there=200,back=400; or a page's cpu=6",
    )
    group.addoption("--busy", action="store_true", help="keep each core of the processor busy too")


def pytest_configure(config: pytest.Config) -> None:
    """Set the package's clock; let in what workers of xdist share: warm kernels, neighbours."""
    clock.SPEED = config.getoption("clock")
    if not hasattr(config, "workerinput"):
        stack = contextlib.ExitStack()
        stack.enter_context(warm.serving())
        if config.getoption("busy"):
            stack.enter_context(busy.neighbours())
        config.add_cleanup(stack.close)


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's Jupyter and IPython settings, start-up files and history out of the tests."""
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
        lanes.install(folder / "data")  # their kernels are started by name
        patch.setenv("JUPYTER_PATH", str(folder / "warm"))  # comes before all others
        warm.install(folder / "warm")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.delenv("MPLBACKEND", raising=False)
        with sockets.reached_by_files():
            yield


@pytest.fixture(scope="session", autouse=True)
def watched_in_our_time() -> None:
    """A run that is watched takes five seconds of ours, not a hundred, where the clock is slow."""
    if clock.SPEED < 1:
        from linreg_widget.panel import pace

        pace._WATCHED *= clock.SPEED  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def without_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """See that a test which other clocks leave out asks for no time."""
    with timeless.held() if "timeless" in request.keywords else contextlib.nullcontext():
        yield


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of the lessons that were run in this session, whoever ran them."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "executed"


@pytest.fixture
def trainer() -> Trainer:
    """The crops at a good rate."""
    from linreg_widget import Trainer, crop_yields

    return Trainer(crop_yields(), learning_rate=1e-5)


@pytest.fixture
def widget() -> Iterator[TrainerWidget]:
    """The crops at a good rate, without a plot."""
    from linreg_widget import TrainerWidget

    widget = TrainerWidget(learning_rate=1e-5, plot=None)
    yield widget
    widget.close()


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 0.01 s pass for the package whenever it asks for the time, and no work take any."""
    ticks = itertools.count()
    stand_in = SimpleNamespace(perf_counter=lambda: next(ticks) / 100, thread_time=lambda: 0.0)
    monkeypatch.setattr(clock, "time", stand_in)
    monkeypatch.setattr(clock, "SPEED", 1.0)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The package's clock, which stands still until its ``now`` is moved."""
    at = SimpleNamespace(now=100.0)
    stand_in = SimpleNamespace(perf_counter=lambda: at.now, thread_time=lambda: 0.0)
    monkeypatch.setattr(clock, "time", stand_in)
    monkeypatch.setattr(clock, "SPEED", 1.0)
    return at


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of tests/browser and tests/kernel, and put the browser's last.

    Playwright keeps an event loop running in the main thread from its first test to its last;
    ``asyncio.run`` in any test after it would fail.
    """
    for item in items:
        timeless.mark(item)
        for folder in ("browser", "kernel"):
            if folder in item.path.parts:
                item.add_marker(folder)
    labs = {item.path for item in items if "server" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: _turn(item, labs))


def _turn(item: pytest.Item, labs: set[Path]) -> int:
    """Say when an item's turn is, so that the files in the middle are short: see `FromBothEnds`.

    The files that need a JupyterLab come last.
    """
    if item.path in labs:
        return 4
    is_long = item.nodeid.startswith(LONG)
    return 3 - is_long if item.get_closest_marker("browser") else 1 - is_long


class FromBothEnds(LoadFileScheduling):  # type: ignore[misc] # xdist publishes no types
    """Give one worker the browser's files, from the last one on, and the others those before them.

    So the browser's tests, which take longest and come last, begin at once, and whoever is done
    with his end of the work helps with the other. What needs JupyterLab stays with the first if it
    can, since each worker has one of its own. All that needs kernels stays with one worker.
    """

    def _split_scope(self, nodeid: str) -> str:
        kernels = "tests/kernel/"
        return kernels if nodeid.startswith(kernels) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        last = next(reversed(self.workqueue))
        if node is self.nodes[0] and last.startswith("tests/browser/"):
            self.workqueue.move_to_end(last, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FromBothEnds | None:
    """Schedule files as this project's own pytest options ask for, with ``--dist=loadfile``."""
    return FromBothEnds(config, log) if config.getoption("dist") == "loadfile" else None


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
