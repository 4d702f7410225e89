"""What can go wrong, as a tree of exceptions.

::

    LinregError
    ├── TableError      a table that cannot be read or used        (also a ValueError)
    ├── SettingsError   a setting or an argument out of its range  (also a ValueError)
    ├── UpdateError     an update function that raised or broke its contract (also a RuntimeError)
    └── WidgetError     a widget used in a way that no widget can be (also a TypeError)

Each message names the value, the rule it broke and the remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from typing import SupportsIndex


class LinregError(Exception):
    """The base of all errors that this package raises on purpose.

    Examples
    --------
    >>> try:
    ...     Trainer(crop_yields(), learning_rate=-1)
    ... except LinregError as error:
    ...     print(type(error).__name__)
    SettingsError
    """


class TableError(LinregError, ValueError):
    r"""A table that cannot be read or cannot be used for training.

    Examples
    --------
    >>> Table.parse("x, y\n1, 2\n3, four")
    Traceback (most recent call last):
    linreg_widget.errors.TableError: Line 3, column 'y' holds 'four', which is not a number: ...
    """


class SettingsError(LinregError, ValueError):
    """A setting, or an argument of one of the trainer's verbs, that is out of its range.

    Examples
    --------
    >>> Settings(epochs=0)
    Traceback (most recent call last):
    linreg_widget.errors.SettingsError: epochs is 0; it must be a whole number, 1 or more...
    """


class UpdateError(LinregError, RuntimeError):
    """An update function that raised, or that broke the contract of update functions.

    Attributes
    ----------
    line : int or None
        The number of the failing line in the update function's file, where it is known.
    source : str
        The failing line's text, stripped, or "" where it is not known.

    Examples
    --------
    >>> Trainer(crop_yields(), update=print)
    Traceback (most recent call last):
    linreg_widget.errors.UpdateError: update is <built-in function print>; it must be ...
    """

    def __init__(self, message: str, *, line: int | None = None, source: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.source = source


class WidgetError(LinregError, TypeError):
    """A widget was used in a way that no widget can be: copied, pickled, linked in the page.

    Examples
    --------
    >>> import copy
    >>> copy.copy(TrainerWidget(plot=None))
    Traceback (most recent call last):
    linreg_widget.errors.WidgetError: a TrainerWidget cannot be copied or pickled...
    """


class NotCopied:
    """What neither ``copy`` nor ``pickle`` can take: a widget, which belongs to a page."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise WidgetError(
            f"a {type(self).__name__} cannot be copied or pickled, since it belongs to a page. "
            "Copy or pickle its trainer, widget.trainer, and show the copy with "
            "TrainerWidget(trainer); or take widget.link(), a short text that leads to its state."
        )

    def __copy__(self) -> NoReturn:
        self.__reduce_ex__(4)

    def __deepcopy__(self, _memo: dict[int, Any]) -> NoReturn:
        self.__reduce_ex__(4)
