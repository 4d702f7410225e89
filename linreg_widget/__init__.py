"""A training loop to hold in your hands: linear regression from scratch, as a notebook widget.

Start with ``model``: model, loss and one gradient update, to be read from top to bottom. The
package is a house of wings. Imports point down only, and each wing's ``__init__`` names what the
others may use; ``tests/test_architecture.py`` holds that.

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
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    """Import a public name's room on first use (PEP 562)."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_ROOMS[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%linreg`` and ``%%linreg``; called by ``%load_ext linreg_widget``."""
    from .magic import LinregMagics

    shell.register_magics(LinregMagics)
