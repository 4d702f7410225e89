"""What can go wrong, as a tree of exceptions.

::

    LinregError
    ├── TableError      a table that cannot be read or used        (also a ValueError)
    ├── SettingsError   a setting or an argument out of its range  (also a ValueError)
    ├── UpdateError     an update function that raised or broke its contract (also a RuntimeError)
    └── WidgetError     a widget used as only other objects can be (also a TypeError)

Each message names the value, the rule it broke and the remedy.
"""

from __future__ import annotations

__all__ = ["LinregError", "SettingsError", "TableError", "UpdateError", "WidgetError"]


class LinregError(Exception):
    """The base of all errors that this package raises on purpose."""


class TableError(LinregError, ValueError):
    """A table that cannot be read or cannot be used for training."""


class SettingsError(LinregError, ValueError):
    """A setting, or an argument of one of the trainer's verbs, that is out of its range."""


class UpdateError(LinregError, RuntimeError):
    """An update function that raised, or that broke the contract of update functions.

    Attributes
    ----------
    line : int or None
        The number of the failing line in the update function's file, where it is known.
    source : str
        The failing line's text, stripped, or "" where it is not known.
    """

    def __init__(self, message: str, *, line: int | None = None, source: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.source = source


class WidgetError(LinregError, TypeError):
    """A widget that was used as only other objects can be: copied, pickled, linked in the page."""
