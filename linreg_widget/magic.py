"""``%%linreg`` trains on the table in its cell; ``%linreg df`` on a variable of the notebook.

::

    %%linreg -t Mangoes -t Oranges --lr 1e-5 --epochs 100 --name crops
    Temperature, Rainfall, Humidity, Mangoes, Oranges
    73, 67, 43, 56, 70
    ...

stands for ::

    crops = TrainerWidget(Table.parse(text, ["Mangoes", "Oranges"]), learning_rate=1e-5, epochs=100)
    display(crops)
    crops.run()

Nothing in the line or in the cell is evaluated, and nothing in them is expanded.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from .errors import LinregError, SettingsError, TableError
from .settings import Stop

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from .table import Table
    from .widget import TrainerWidget

__all__ = ["LinregMagics"]


@magics_class
class LinregMagics(Magics):
    """The magics of this package."""

    @no_var_expand
    @magic_arguments()
    @argument("data", nargs="?", help="with %%linreg: the name of a variable that holds the table")
    @argument(
        "-t",
        "--target",
        action="append",
        metavar="COLUMN",
        help="a column to predict, by name or position, or the number of last columns (repeatable)",
    )
    @argument("--lr", "--learning-rate", dest="learning_rate", metavar="RATE", help="learning rate")
    @argument("-e", "--epochs", metavar="N", help="passes over the table (default 50)")
    @argument(
        "-b", "--batch-size", metavar="N", help="rows in a batch (default 3; 64 above 100 rows)"
    )
    @argument("--seed", metavar="N", help="seed of w, b and the order of the rows (default 0)")
    @argument("--standardize", action="store_true", help="scale the features inside the run")
    @argument(
        "--within",
        metavar="FACTOR",
        help="stop once the loss over all rows is at most this many times the best possible",
    )
    @argument("--patience", metavar="N", help="stop once the loss has not fallen for N epochs")
    @argument("--no-shuffle", action="store_true", help="keep the rows in their order")
    @argument("--from", dest="link", metavar="LINK", help="go to the state that a link leads to")
    @argument("-n", "--name", metavar="VAR", help="bind the widget to this name")
    @argument(
        "-q", "--quiet", action="store_true", help="print a summary instead of showing a widget"
    )
    @line_cell_magic
    def linreg(self, line: str, cell: str | None = None) -> None:
        """Train linear regression on a table, live, and leave the widget to step through."""
        try:
            options = parse_argstring(self.linreg, line)
        except ValueError as error:  # unbalanced quotes, from shlex
            raise UsageError(
                f"%linreg: {str(error).lower()} in {line!r}; close the quote."
            ) from None
        try:
            self._train(options, cell)
        except LinregError as error:
            raise UsageError(f"%linreg: {error}") from None

    def _train(self, options: Namespace, cell: str | None) -> None:
        from .table import Table  # only now: loading the extension is to be quick

        widget_of = _widget_maker(options)
        if options.name is not None and not str(options.name).isidentifier():
            raise SettingsError(f"-n {options.name!r} is not a name; use letters, digits and _.")
        targets = _targets(options.target)
        if cell is None:
            table = Table.of(self._variable(options.data), targets)
        elif options.data is not None:
            raise TableError(
                f"{options.data!r} stands in the line and a table in the cell: for a variable use "
                f"%linreg {options.data} in a line of its own; for a target put -t before it."
            )
        else:
            # The magic's own line is the first: errors count lines as the notebook does.
            table = Table.parse(f"\n{cell}", targets)
        widget = widget_of(table)
        if options.name is not None:
            self._names[options.name] = widget
        if options.quiet:
            widget.panel.tape_bytes = 0  # there is no page to carry one
        else:
            display(widget)
        if options.link is None:
            widget.run()
        if options.quiet:
            from .training import summary_of

            print(summary_of(widget.trainer))  # noqa: T201 (what -q is for)
            if options.name is None:
                widget.close()

    @property
    def _names(self) -> dict[str, Any]:
        """The notebook's variables."""
        shell: Any = self.shell
        names: dict[str, Any] = shell.user_ns
        return names

    def _variable(self, name: str | None) -> object:
        names = self._names
        if name is None:
            raise TableError(
                "no table: give the name of a variable (%linreg df -t y), or use %%linreg with a "
                "table in the cell."
            )
        if name not in names:
            near = difflib.get_close_matches(name, [n for n in names if not n.startswith("_")], n=1)
            hint = f"did you mean {near[0]!r}?" if near else "assign it in a cell first."
            raise TableError(f"no variable is named {name!r}; {hint}")
        return names[name]


def _widget_maker(options: Namespace) -> Callable[[Table], TrainerWidget]:
    """Return what makes a widget for a table, by settings or by a link."""
    from .widget import TrainerWidget

    settings, stop = _settings(options), _stop(options)
    if options.link is None:
        return lambda table: TrainerWidget(table, stop=stop, **settings)
    if stop or settings != _NO_SETTINGS:
        raise SettingsError("--from brings its own settings: leave the others out.")
    return lambda table: TrainerWidget.from_link(options.link, table)


_NO_SETTINGS = {"standardize": False, "shuffle": True}


def _settings(options: Namespace) -> dict[str, Any]:
    """Turn the options' texts into settings; ``Settings`` refuses what is not a number."""
    settings: dict[str, Any] = {
        "standardize": options.standardize,
        "shuffle": not options.no_shuffle,
    }
    kinds = {"learning_rate": float, "epochs": int, "batch_size": int, "seed": int}
    return {**settings, **_numbers(options, kinds)}


def _stop(options: Namespace) -> Stop:
    return Stop(**_numbers(options, {"within": float, "patience": int}))


def _numbers(options: Namespace, kinds: dict[str, type]) -> dict[str, Any]:
    """Return those options that were given, as numbers where they are some."""
    numbers: dict[str, Any] = {}
    for name, kind in kinds.items():
        text = getattr(options, name)
        if text is not None:
            try:
                numbers[name] = kind(text)
            except ValueError:
                numbers[name] = text
    return numbers


def _targets(texts: list[str] | None) -> Any:
    """Take what was typed after ``-t``, without the quotes that IPython leaves around it."""
    if texts is None:
        return None
    return [
        text[1:-1] if text[:1] == text[-1:] in ("'", '"') and len(text) > 1 else text
        for text in texts
    ]
