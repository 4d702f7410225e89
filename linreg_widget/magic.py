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

Nothing in the line or in the cell is evaluated, and nothing in them is expanded. ``w = %linreg df``
gives the widget as well, and what stands after a ``#`` in the line is a remark.
"""

from __future__ import annotations

import contextlib
import difflib
import dis
import inspect
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from .errors import LinregError, SettingsError, TableError
from .messages import check_language, meant, say, speaking
from .settings import Stop

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping
    from types import FrameType

    from .table import Table
    from .widget import TrainerWidget


@magics_class
class LinregMagics(Magics):
    """The magics of this package."""

    @no_var_expand
    @magic_arguments()
    @argument(
        "data",
        nargs="?",
        help="with %%linreg: the name of a variable that holds the table, or the path of a file",
    )
    @argument("-h", "--help", action="store_true", help="print this")
    @argument(
        "-t",
        "--target",
        action="append",
        metavar="COLUMN",
        help="a column to predict, by name or position, or the number of last columns (repeatable; "
        "a,b names two)",
    )
    @argument("--features", action="append", metavar="COLUMNS", help="the features, as in a,b")
    @argument("--drop", action="append", metavar="COLUMNS", help="columns to leave out")
    @argument(
        "--encode",
        nargs="?",
        const=True,
        metavar="COLUMNS",
        help="make 0/1 columns of columns of words; without names, of all of them",
    )
    @argument("--drop-missing", action="store_true", help="leave out rows with gaps")
    @argument("--decimal", metavar="MARK", help="the decimal mark, a point or a comma")
    @argument("--thousands", metavar="MARK", help="what parts thousands")
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
    @argument(
        "--patience",
        metavar="N",
        help="stop once the loss, of rows held out if there are some, has not fallen for N epochs",
    )
    @argument(
        "--held-out",
        metavar="ROWS",
        help="rows to hold out: a fraction such as 0.2, or row names, as in a,b",
    )
    @argument("--no-shuffle", action="store_true", help="keep the rows in their order")
    @argument("--from", dest="link", metavar="LINK", help="go to the state that a link leads to")
    @argument("--lang", metavar="CODE", help="the language: en, de, or auto (default en)")
    @argument("-n", "--name", metavar="VAR", help="bind the widget to this name")
    @argument(
        "-q", "--quiet", action="store_true", help="print a summary instead of showing a widget"
    )
    @needs_local_scope
    @line_cell_magic
    def linreg(
        self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None
    ) -> TrainerWidget | None:
        """Train linear regression on a table, live, and leave the widget to step through."""
        names = {**self._names, **(local_ns or {})}
        try:
            line = _DASHES.sub(lambda one: one[1] or "--", _without_remark(line))
            _refuse_variables(line, names)
            options = self._options(line)
            if options.help:
                print(self.linreg.parser.format_help())  # noqa: T201 (what -h is for)
                return None
            with speaking(check_language(options.lang)):
                widget = self._train(options, cell, names)
        except LinregError as error:
            raise UsageError(f"%linreg: {error}") from None
        except ValueError as error:  # unbalanced quotes, from shlex
            raise UsageError(
                say("magic.open_quote", why=str(error).lower(), line=repr(line))
            ) from None
        return None if options.quiet or self._is_shown_anyway() else widget

    def _options(self, line: str) -> Namespace:
        """Part a line into its options; refuse in words what is none."""
        try:
            options: Namespace = parse_argstring(self.linreg, line)
        except UsageError as error:
            what, _, others = str(error).partition("unrecognized arguments: ")
            raise SettingsError(
                _unknown(others.split()[0], self.linreg.parser.format_help()) if others else what
            ) from None
        return options

    def _train(
        self, options: Namespace, cell: str | None, names: Mapping[str, Any]
    ) -> TrainerWidget:
        if cell is None and options.data is None and isinstance(options.encode, str):
            options.data, options.encode = options.encode, True  # %linreg --encode df
        widget_of = _widget_maker(options)
        if options.name is not None and not str(options.name).isidentifier():
            raise SettingsError(say("magic.name", name=repr(options.name)))
        table = _table(options, cell, names)
        widget = widget_of(table)
        if options.name is not None:
            self._names[options.name] = widget
        if options.quiet:
            widget.panel.tape_bytes = 0  # there is no page to carry one
        else:
            for note in table.notes:
                print(note.words)  # noqa: T201 (before the widget, where it is read)
            display(widget)
        if options.link is None:
            widget.run()
        if options.quiet:
            from .training import summary_of

            print(summary_of(widget.trainer))  # noqa: T201 (what -q is for)
            if options.name is None:
                widget.close()
        return widget

    @property
    def _names(self) -> dict[str, Any]:
        """The notebook's variables."""
        shell: Any = self.shell
        names: dict[str, Any] = shell.user_ns
        return names

    def _is_shown_anyway(self) -> bool:
        """Tell whether the notebook shows what the magic returns, as a cell's last expression.

        The widget is on the page by then, and must not be shown twice.
        """
        shell: Any = self.shell
        frame: FrameType | None = sys._getframe()  # noqa: SLF001 - its callers are asked
        while frame is not None and frame.f_globals is not shell.user_global_ns:
            frame = frame.f_back
        if frame is None:
            return False
        code = dis.get_instructions(frame.f_code)
        last = frame.f_lasti
        after = next((step for step in code if step.offset > last), None)
        printing = ("PRINT_EXPR", None), ("CALL_INTRINSIC_1", 1)  # in Python 3.11, and since
        return after is not None and (after.opname, after.arg) in printing


_REMARK = re.compile(r"""((?:[^\s"'#]|"[^"]*"|'[^']*'|\S#|\s(?!#))*?)(?:^|\s)#.*""", re.DOTALL)
_DASHES = re.compile(  # outside of quotes, a typed -- that an editor made one dash
    r"""("[^"]*"|'[^']*')|(?:(?<=\s)|^)[\u2013\u2014](?=[a-z])"""
)
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.IGNORECASE)
_VARIABLE = re.compile(r"(--?[\w-]+)[\s=]+(?:\{\s*([^{}]+?)\s*\}|\$(\w+)|([A-Za-z_]\w*))")
_KEYWORDS = {
    "--lr": "learning_rate=",
    "--learning-rate": "learning_rate=",
    "-e": "epochs=",
    "--epochs": "epochs=",
    "-b": "batch_size=",
    "--batch-size": "batch_size=",
    "--seed": "seed=",
    "--held-out": "held_out=",
    "--within": "stop=Stop(within=",
    "--patience": "stop=Stop(patience=",
}
_FILES = re.compile(
    r".*[/\\~].*|.*\.(?:csv|tsv|tab|txt|dat|data|xlsx?|parquet|json)", re.IGNORECASE
)


def _without_remark(line: str) -> str:
    """Cut a remark off the line: a ``#`` outside of quotes, after a blank or at its start."""
    remark = _REMARK.fullmatch(line)
    return remark[1] if remark else line


def _unknown(word: str, described: str) -> str:
    """Say what was probably meant by what is no option."""
    if not word.startswith("-"):
        return say("magic.too_many", word=repr(word))
    option = word.partition("=")[0]
    name = option.strip("-").replace("_", "-")
    options = {one.strip("-"): one for one in _OPTION.findall(described)}
    from .widget import TrainerWidget

    if name not in options and name in inspect.signature(TrainerWidget).parameters:
        return say("magic.in_python", option=repr(option), keyword=f"{name}=...")
    near = difflib.get_close_matches(name, options, n=1)
    hint = say("words.meant", name=repr(options[near[0]])) if near else say("magic.help")
    return say("magic.unknown", option=repr(option), hint=hint)


def _refuse_variables(line: str, names: Mapping[str, Any]) -> None:
    """Refuse ``--lr {lr}`` and ``--lr lr``: name the line of Python that has variables."""
    for found in _VARIABLE.finditer(line):
        option, braced, dollar, word = found.groups()
        name = braced or dollar or word
        if option not in _KEYWORDS or (word and word not in names):
            continue
        first = re.match(r"\s*([^\s-]\S*)", line)
        data = first[1].strip("{}$") if first else "table"
        keyword = f"{_KEYWORDS[option]}{name}" + ")" * ("(" in _KEYWORDS[option])
        raise SettingsError(say("magic.not_evaluated", name=repr(name), data=data, keyword=keyword))


def _table(options: Namespace, cell: str | None, names: Mapping[str, Any]) -> Table:
    from .table import Table  # only now: loading the extension is to be quick

    targets, how = _texts(options.target), _how(options)
    if cell is None:
        return Table.of(_variable(options.data, names), targets, **how)
    if options.data is not None:
        raise TableError(say("magic.both", given=repr(options.data), data=options.data))
    # The magic's own line is the first: errors count lines as the notebook does.
    return Table.parse(f"\n{cell}", targets, **how)


def _variable(name: str | None, names: Mapping[str, Any]) -> object:
    """Return a variable, or else the path of a file."""
    if name is None:
        raise TableError(say("magic.no_table"))
    name = _unquoted(name)
    if name in names:
        return names[name]
    if (inner := name.strip("{}$")) in names:
        raise TableError(say("magic.not_a_name", name=repr(name), inner=inner))
    if _FILES.fullmatch(name) or "://" in name:
        return name
    hint = meant(name, [n for n in names if not n.startswith("_")], say("magic.assign"))
    raise TableError(say("magic.no_variable", name=repr(name), hint=hint))


def _widget_maker(options: Namespace) -> Callable[[Table], TrainerWidget]:
    """Return what makes a widget for a table, by settings or by a link."""
    from .widget import TrainerWidget

    settings, stop, held_out = _settings(options), _stop(options), _held_out(options)
    lang = options.lang
    if options.link is None:
        return lambda table: TrainerWidget(
            table, stop=stop, held_out=held_out, lang=lang, **settings
        )
    if stop or held_out or settings != _NO_SETTINGS:
        raise SettingsError(say("magic.link_alone"))
    return lambda table: TrainerWidget.from_link(options.link, table, lang=lang)


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
    stop = Stop(**_numbers(options, {"within": float, "patience": int}))
    return stop if options.held_out is None else replace(stop, on="held_out")


def _held_out(options: Namespace) -> float | str | None:
    """Return a fraction, or names of rows."""
    text = options.held_out and _unquoted(options.held_out)
    try:
        return None if text is None else float(text)
    except ValueError:
        return str(text)


def _numbers(options: Namespace, kinds: dict[str, type]) -> dict[str, Any]:
    """Return those options that were given, as numbers where they are some."""
    given = {name: getattr(options, name) for name in kinds}
    return {
        name: _number(_unquoted(text), kinds[name])
        for name, text in given.items()
        if text is not None
    }


def _number(text: str, kind: type) -> Any:
    """Return a text as a number, or as it is; a whole number may be typed as 1e2."""
    for read in (kind, float):
        with contextlib.suppress(ValueError):
            return read(text)
    if _COMMA.fullmatch(text):
        point = text.replace(",", ".")
        raise SettingsError(say("magic.comma", text=repr(text), number=point))
    return text


def _how(options: Namespace) -> dict[str, Any]:
    """Return the options of ``Table.parse`` that were given."""
    encode = options.encode
    how = {
        "features": _texts(options.features),
        "drop": _texts(options.drop),
        "encode": encode if encode in (None, True) else _unquoted(encode),
        "missing": "drop" if options.drop_missing else None,
        "decimal": options.decimal and _unquoted(options.decimal),
        "thousands": options.thousands and _unquoted(options.thousands),
    }
    return {name: value for name, value in how.items() if value is not None}


def _texts(texts: list[str] | None) -> Any:
    """Take what was typed after ``-t``, without the quotes that IPython leaves around it."""
    return None if texts is None else [_unquoted(text) for text in texts]


def _unquoted(text: str) -> str:
    return text[1:-1] if text[:1] == text[-1:] in ("'", '"') and len(text) > 1 else text
