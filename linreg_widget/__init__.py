"""A training loop you can hold in your hands: from-scratch linear regression in PyTorch, live.

>>> from linreg_widget import TrainerWidget
>>> TrainerWidget()                      # the crop-yield table, ready to step

In a notebook, ``%load_ext linreg_widget`` adds ``%%linreg``, which trains on a table typed into the
cell.

The rooms, from the top down; each imports only from those below it (a test holds that):

=============  =====================================================================================
``magic``      ``%%linreg`` and ``%linreg``
``widget``     ``TrainerWidget``: panel and plot around one trainer, under one lock; as a page of
               its own (``page``); closed when nothing shows (``displays``) or holds it
               (``holders``) any more (``cells``)
``plot``       the live loss curve (``figure``, ``marks``, ``curves``, ``scales``, ``ticks``) and
               the picture of the valley (``valleyplot``, ``valleyfigure``, ``valleylabels``), on
               their screens (``screens``, ``canvas``, ``painting``, ``colours``, ``fonts``)
``panel``      the controls, as synced traits of one anywidget (``verbs``, ``readings``,
               ``outlook``, ``account``, ``taping``, ``traits``, ``pace``, ``envelope``);
               what a lesson asks, hides and locks (``asking``, ``controls``)
``valley``     the loss over two parameters, and the run's way through it (``valleyaxes``,
               ``valleyplane``, ``valleyscales``)
``guessing``   predict, then reveal: a question before an act, judged after it (``questions``)
``link``       a run in a line: the short text that leads to the same state
``frame``      what the microscope shows at one moment (``codeview``, ``narration``, ``fit``), and
               at many of them, in few bytes (``tape``)
``training``   ``Trainer``: step, back, run, seek: any moment of a run, exactly (``travel``,
               ``comparison``, ``state``, ``loop``, ``standing``, ``plan``, ``batches``,
               ``stopping``, ``evidence``, ``turns``)
``diagnosis``  why a run diverged, or is about to (``mistakes`` of an update function among the
               causes); what the data say, in words (``findings``)
``script``     a run as a plain PyTorch script (``listing``)
``recording``  what happened: losses, checkpoints, branches (``branches``, ``checkpoints``,
               ``snapshot``, ``schedule``, ``sampling``)
``insight``    what the data say: the best fit, the largest stable rate, how slow it is
               (``survey``, ``leastsquares``, ``curvature``)
``table``      named columns of numbers, read from almost anything (``parsing``, ``formats``,
               ``sheet``, ``sources``, ``writing``, ``targets``, ``numerals``, ``precision``,
               ``labels``)
``settings``   how to train, checked in words
``updates``    one update, driven: to its end, or phase by phase (``specimen``); whether its code
               is still the same (``fingerprint``)
``model``      **the lesson**: model, loss and one gradient update. Read this first.
``errors``     what can go wrong, how numbers are worded (``wording``), what time it is (``clock``),
               and NumPy kept quiet (``quiet``)
=============  =====================================================================================

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
    from .recording import Branch, Recording
    from .table import Table, crop_yields
    from .training import Position, Settings, Stop, Trainer
    from .widget import TrainerWidget

__version__ = "0.1.0"

_ROOMS = {
    "Branch": "recording",
    "Insight": "insight",
    "LinearRegression": "model",
    "LinregError": "errors",
    "Position": "training",
    "Recording": "recording",
    "Settings": "training",
    "SettingsError": "errors",
    "Stop": "training",
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
