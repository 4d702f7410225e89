"""A training loop to hold in your hands: linear regression from scratch, as a notebook widget.

Start with ``model``: model, loss and one gradient update, to be read from top to bottom. The rest
is divided into wings. Imports point down only, and each wing's ``__init__`` names what the others
may use; ``tests/test_architecture.py`` checks both.

==============  ====================================================================================
``magic``       ``%%linreg`` and ``%linreg``
``widget``      ``TrainerWidget``: panel and plots, with the verbs of a ``Trainer``
``panel``       the controls in the page: traits, acts, readings, the tape that a page plays
``lesson``      what a lesson asks, hides and locks; how it reads answers, and draws
``plots``       the loss curve, and the valley
``training``    ``Trainer``: step, back, run, seek, compare, diagnose, export: any moment, exactly
``insight``     what the data say: best fit, largest stable rate, why it is slow
``microscope``  one update from the inside: driven phase by phase, seen, told
``recording``   what happened, and the way back: losses, checkpoints, branches, schedule
``table``       rows to learn from: pasted text, frames, arrays -> float32 with names
``settings``    how to train, and when to stop
``messages``    what users read: one catalogue, for the kernel and the page
``model``       **the lesson**. Read this first.
``clock``       what time it is
``errors``      what can go wrong
``quiet``       NumPy without its warnings, whatever the session has set
``wording``     numbers and amounts, as people write them
==============  ====================================================================================

Importing this package loads neither torch nor matplotlib: names are looked up on first use.
``versions()`` says what is installed, for a report about something that went wrong.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from .clock import without_pauses

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .errors import LinregError, SettingsError, TableError, UpdateError, WidgetError
    from .insight import Insight
    from .model import LinearRegression, gradient_update, mse_loss
    from .recording import Branch, Position, Recording
    from .settings import Settings, Stop
    from .table import Table, crop_yields
    from .training import Trainer
    from .widget import TrainerWidget

__version__ = "0.1.0"

_ROOMS = {
    "Branch": "recording",
    "Insight": "insight",
    "LinearRegression": "model",
    "LinregError": "errors",
    "Position": "recording",
    "Recording": "recording",
    "Settings": "settings",
    "SettingsError": "errors",
    "Stop": "settings",
    "Table": "table",
    "TableError": "errors",
    "Trainer": "training",
    "TrainerWidget": "widget",
    "UpdateError": "errors",
    "WidgetError": "errors",
    "crop_yields": "table",
    "gradient_update": "model",
    "mse_loss": "model",
}

__all__ = [
    "Branch",
    "Insight",
    "LinearRegression",
    "LinregError",
    "Position",
    "Recording",
    "Settings",
    "SettingsError",
    "Stop",
    "Table",
    "TableError",
    "Trainer",
    "TrainerWidget",
    "UpdateError",
    "WidgetError",
    "crop_yields",
    "gradient_update",
    "mse_loss",
]

# What a report needs to know beside the package itself, and what only some notebooks have.
_NEEDED = (
    *("torch", "numpy", "pandas", "narwhals", "matplotlib"),
    *("ipywidgets", "anywidget", "ipympl", "traitlets", "ipython", "ipykernel"),
)
_FRONT_ENDS = ("jupyterlab", "notebook", "nbclassic", "voila", "marimo")


class _Versions(dict[str, str]):
    """Versions by name; shown as lines to be pasted into a report."""

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        return "\n".join(f"{name:{width}}  {words}" for name, words in self.items())


def versions() -> dict[str, str]:
    """Return what a report of an error needs to know about this installation.

    It loads none of the packages that it names, so it also answers where one of them is broken.
    Like ``__version__`` it is about the package, and so it is not in ``__all__``.

    Returns
    -------
    dict of str to str
        The versions of this package, Python and the packages it stands on ("not installed" where
        one is missing), of the front ends that this Python has, and the platform. Where torch is
        loaded, also which of its kernels this processor runs, on which the last bits of a loss
        depend. Its ``repr`` has a line for each.

    Examples
    --------
    >>> import linreg_widget
    >>> linreg_widget.versions()["linreg_widget"] == linreg_widget.__version__
    True
    """
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = _Versions(linreg_widget=__version__, Python=platform.python_version())
    for name in (*_NEEDED, *_FRONT_ENDS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            if name in _NEEDED:
                found[name] = "not installed"
    found["platform"] = platform.platform()
    torch = sys.modules.get("torch")
    found["processor"] = (
        "not known: torch is not loaded"
        if torch is None
        else f"{torch.backends.cpu.get_cpu_capability()}, {torch.get_num_threads()} threads"
    )
    return found


def __getattr__(name: str) -> object:
    """Import the module of a public name on first use (PEP 562)."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with without_pauses():
        room = importlib.import_module(f".{_ROOMS[name]}", __name__)
    return getattr(room, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%linreg`` and ``%%linreg``; called by ``%load_ext linreg_widget``."""
    from .magic import LinregMagics

    shell.register_magics(LinregMagics)
