"""``%%linreg`` and ``%linreg``, in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from linreg_widget import TrainerWidget, crop_yields
from linreg_widget.training.summary import _term
from linreg_widget.wording import said

CELL = """\
size, weight, price
1, 10, 12
2, 11, 15
3, 9, 17
4, 12, 22
"""


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "linreg_widget")
    yield shell
    for value in list(shell.user_ns.values()):
        if isinstance(value, TrainerWidget):
            value.close()
    if shell.history_manager is not None:
        shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def refusal(shell: InteractiveShell, line: str, cell: str | None = None) -> str:
    """Return the one line with which the magic refuses."""
    run = shell.run_line_magic if cell is None else partial(shell.run_cell_magic, cell=cell)
    with pytest.raises(UsageError) as caught:
        run("linreg", line)
    words = str(caught.value)
    assert words
    assert "\n" not in words
    assert caught.value.__cause__ is None
    return words


# ---- what it does --------------------------------------------------------------------------


def test_a_cell_is_trained_and_the_widget_left(shell: InteractiveShell) -> None:
    shell.run_cell_magic("linreg", "-t price --lr 0.001 -e 20 -b 2 --seed 5 -n w", CELL)
    widget = shell.user_ns["w"]
    assert isinstance(widget, TrainerWidget)
    assert (widget.status, widget.update) == ("finished", 40)
    assert widget.trainer.table.feature_names == ("size", "weight")
    settings = widget.trainer.settings
    assert (settings.learning_rate, settings.epochs, settings.batch_size) == (0.001, 20, 2)
    assert (settings.seed, settings.shuffle, settings.standardize) == (5, True, False)
    widget.update = 7
    assert widget.trainer.position.update == 7


def test_long_options_and_flags(shell: InteractiveShell) -> None:
    line = (
        "--target weight --target price --learning-rate 0.01 --epochs 3 --batch-size 4 "
        "--standardize --no-shuffle --name w"
    )
    shell.run_cell_magic("linreg", line, CELL)
    widget = shell.user_ns["w"]
    assert widget.trainer.table.target_names == ("weight", "price")
    assert widget.trainer.settings.standardize
    assert not widget.trainer.settings.shuffle


def test_quiet_prints_a_summary_and_shows_no_widget(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("linreg", "-q --lr 0.001 -e 20 -n w", CELL)
    printed = capsys.readouterr().out
    trainer = shell.user_ns["w"].trainer
    assert "4 rows, 2 features -> 1 target" in printed
    assert f"loss over all rows {said(trainer.loss())}" in printed
    assert "price = " in printed
    assert "TrainerWidget" not in printed


def test_quiet_with_standardize_prints_both_systems(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("linreg", "-q --standardize -e 200 -n w", CELL)
    printed = capsys.readouterr().out
    assert "of the standardized features" in printed
    trainer = shell.user_ns["w"].trainer
    scaled, own = trainer.coefficients(scaled=True), trainer.coefficients()
    assert f"{_term(own.w[0, 0])} * size" in printed
    assert f"{_term(scaled.w[0, 0])} * size" in printed


def test_a_run_stops_near_the_best_or_when_it_no_longer_falls(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "-t price --standardize --lr 0.1 -b 4 -e 5000 -q"
    shell.run_cell_magic("linreg", f"{line} --within 1.5", CELL)
    said = capsys.readouterr().out
    assert "times the best possible, within the chosen 1.5." in said
    assert "; paused after" in said
    shell.run_cell_magic("linreg", f"{line} --patience 7", CELL)
    assert "for 7 epochs." in capsys.readouterr().out
    assert "within is 1.0; it must be a number above 1" in refusal(shell, "--within 1", CELL)
    assert "patience is 'x'; it must be a whole" in refusal(shell, "--patience x", CELL)


def test_a_diverged_run_is_explained_in_the_summary(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("linreg", "-t price --lr 10 -q", CELL)
    said = capsys.readouterr().out
    assert "Diverged at update" in said
    assert "times the largest stable one" in said


def test_what_a_table_loses_as_32_bit_numbers_is_said(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "t, y\n1700000001, 1\n1700000002, 2\n1700000003, 4\n"
    words = "The numbers of t are too close together for 32-bit numbers"
    shell.run_cell_magic("linreg", "-q --standardize", cell)
    assert words in capsys.readouterr().out
    assert "Subtract an offset (for example 1,700,000,000)" in refusal(shell, "-t t", cell)


def test_it_does_not_ask_what_numpy_is_to_raise(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.errstate(all="raise"):
        for line in ("-t price --lr 10 -q", "-t price --standardize -n widget --within 1.1"):
            shell.run_cell_magic("linreg", line, CELL)
        assert "∞ times" not in capsys.readouterr().out
        assert "the best possible" in shell.user_ns["widget"].trainer.notice
        words = refusal(shell, "-q", "x, y\n1e-50, 1\n2e-50, 2")
        assert "Line 3, column 'x' holds '1e-50': that is below float32's range" in words
        assert "beyond float32's range" in refusal(shell, "-q", "x, y\n1e39, 1\n2, 2")


def test_a_link_leads_back_to_the_same_state(shell: InteractiveShell) -> None:
    shell.run_cell_magic("linreg", "-t price --lr 0.001 -b 2 -n first", CELL)
    first = shell.user_ns["first"]
    first.seek(33)
    shell.run_cell_magic("linreg", f"-t price --from {first.link()} -n second", CELL)
    second = shell.user_ns["second"]
    assert (second.update, second.status) == (33, "paused")
    assert second.trainer.model.w.tolist() == first.trainer.model.w.tolist()
    words = refusal(shell, f"-t price --from {first.link()}", CELL.replace("22", "23"))
    assert "another table than" in words
    words = refusal(shell, f"-t price --lr 1 --from {first.link()}", CELL)
    assert "--from brings its own settings" in words


def test_a_variable_is_trained_on_by_name(shell: InteractiveShell) -> None:
    shell.user_ns["df"] = pd.DataFrame({"a": [1, 2, 3], "b": [3, 1, 2], "y": [1, 2, 4]})
    shell.run_line_magic("linreg", "df -t y -e 5 -n w")
    assert shell.user_ns["w"].trainer.table.feature_names == ("a", "b")
    shell.user_ns["crops"] = crop_yields()
    shell.run_line_magic("linreg", "crops -e 2 -n c")
    assert shell.user_ns["c"].trainer.table == crop_yields()


def test_a_target_with_spaces_is_quoted(shell: InteractiveShell) -> None:
    cell = "size, sale price\n1, 2\n2, 3\n3, 5"
    shell.run_cell_magic("linreg", "-t 'sale price' -e 2 -n w", cell)
    assert shell.user_ns["w"].trainer.table.target_names == ("sale price",)


def test_nothing_in_line_or_cell_is_expanded_or_evaluated(shell: InteractiveShell) -> None:
    shell.user_ns["price"] = "expanded"
    cell = "{price}, $price\n1, 2\n2, 3\n3, 5"
    shell.run_cell_magic("linreg", "-t $price -e 2 -n w", cell)
    table = shell.user_ns["w"].trainer.table
    assert (table.feature_names, table.target_names) == (("{price}",), ("$price",))
    words = refusal(shell, "__import__('os').getcwd()")
    assert "no variable is named" in words


# ---- tables ------------------------------------------------------------------------------------

CITIES = "City,Size,Price\nParis,30,5\nLyon,40,4\nParis,50,8\nNice,50,8\n"


def test_columns_are_chosen_and_words_encoded_by_options(shell: InteractiveShell) -> None:
    shell.run_cell_magic("linreg", "--encode -e 2 -n w", CITIES)
    names = ("City = Nice", "City = Paris", "Size")
    assert shell.user_ns["w"].trainer.table.feature_names == names
    shell.run_cell_magic("linreg", "--encode=City --features Size,City -t Price -e 2 -n w", CITIES)
    assert shell.user_ns["w"].trainer.table.feature_names == names[2:] + names[:2]
    shell.run_cell_magic("linreg", "--drop City -e 2 -n w", CITIES)
    assert shell.user_ns["w"].trainer.table.feature_names == ("Size",)
    words = refusal(shell, "", CITIES)
    assert "(--encode 'City')" in words
    assert "(--drop 'City')" in words
    shell.user_ns["df"] = pd.DataFrame({"x": [1, 2, 3], "sex": ["F", "M", "F"], "y": [1, 2, 4]})
    shell.run_line_magic("linreg", "--encode df -e 2 -n w")
    assert shell.user_ns["w"].trainer.table.feature_names == ("x", "sex = M")


def test_what_was_done_to_a_table_is_printed_above_the_widget(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell_magic("linreg", "--drop-missing -e 2 -n w", "a,b\n1,$2\nNA,$3\n4,$7\n5,$9")
    said = capsys.readouterr().out
    assert "Every cell of b carries $, which is read as its unit." in said
    assert "1 row with a gap was left out: line 4. That leaves 3 rows." in said


@pytest.mark.parametrize(
    ("line", "value"),
    [("--thousands .", 2155.0), ("--decimal .", 2.155), ("--thousands ','", 2.155)],
)
def test_decimals_and_thousands_are_said_by_options(
    shell: InteractiveShell, line: str, value: float
) -> None:
    shell.run_cell_magic("linreg", f"{line} --standardize -e 2 -n w", "a;b\n2.155;1\n19.470;2\n3;4")
    assert shell.user_ns["w"].trainer.table.inputs[0, 0] == np.float32(value)


def test_two_targets_stand_in_one_option_and_a_remark_after_the_options(
    shell: InteractiveShell,
) -> None:
    shell.run_cell_magic("linreg", "-t weight,price -e 2 -n w  # both, for once", CELL)
    assert shell.user_ns["w"].trainer.table.target_names == ("weight", "price")
    shell.run_cell_magic("linreg", "-t '#1' -e 2 -n w # x", "x,#1\n1,2\n2,3\n3,5")
    assert shell.user_ns["w"].trainer.table.target_names == ("#1",)


def test_an_assignment_gives_the_widget_and_a_line_alone_shows_it_once(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("linreg_widget.magic.display", shown.append)
    shell.user_ns["df"] = pd.DataFrame({"a": [1, 2, 3], "y": [1, 2, 4]})
    shell.run_cell("w = %linreg df -t y -e 2")
    assert shown == [shell.user_ns["w"]]
    for cell in ("%linreg df -t y -e 2", "%linreg df -t y -e 2\n1"):
        assert shell.run_cell(cell).result in (None, 1)
    assert len(shown) == 3


def test_inside_a_function_the_magic_finds_locals(shell: InteractiveShell) -> None:
    shell.run_cell(
        "import pandas as pd\n"
        "def train(rows):\n"
        "    frame = pd.DataFrame(rows)\n"
        "    %linreg frame -e 2 -n w\n"
        "train({'a': [1, 2, 3], 'y': [1, 2, 4]})\n"
    )
    assert shell.user_ns["w"].trainer.table.feature_names == ("a",)


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("df --lr {lr}", "TrainerWidget(df, learning_rate=lr)"),
        ("df --lr lr", "TrainerWidget(df, learning_rate=lr)"),
        ("df -e $n", "TrainerWidget(df, epochs=n)"),
        ("df --learning-rate {lr * 2}", "TrainerWidget(df, learning_rate=lr * 2)"),
        ("df --patience {n}", "TrainerWidget(df, stop=Stop(patience=n))"),
        ("{df}", "write %linreg df."),
    ],
)
def test_variables_in_the_line_are_refused_with_the_python_for_them(
    shell: InteractiveShell, line: str, python: str
) -> None:
    shell.user_ns.update(df=pd.DataFrame({"a": [1, 2, 3], "y": [1, 2, 4]}), lr=0.1, n=3)
    assert python in refusal(shell, line)


def test_help_is_printed(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("linreg", "-h")
    assert "--drop-missing" in capsys.readouterr().out


def test_a_path_is_read(shell: InteractiveShell, tmp_path: Path) -> None:
    path = tmp_path / "crops.csv"
    path.write_text(crop_yields().to_csv())
    shell.run_line_magic("linreg", f"{path} -t 2 -e 2 -n w")
    assert shell.user_ns["w"].trainer.table == crop_yields()
    assert "pd.read_csv(url)" in refusal(shell, "https://example.org/crops.csv")
    assert "cannot be read" in refusal(shell, "data/no.csv")


def test_rows_are_held_out_by_name_or_by_a_fraction(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["crops"] = crop_yields()
    shell.run_line_magic("linreg", "crops --held-out C,H,M --patience 3 -e 5 -q -n w")
    trainer = shell.user_ns["w"].trainer
    assert trainer.held_out.row_names == ("C", "H", "M")
    assert trainer.stop.on == "held_out"
    assert "loss over the 3 rows held out" in capsys.readouterr().out
    shell.run_line_magic("linreg", "crops --held-out 0.4 -e 5 -q -n w")
    assert shell.user_ns["w"].trainer.held_out.rows == 6
    link = shell.user_ns["w"].link()
    shell.run_line_magic("linreg", f"crops --from {link} -n again")
    assert shell.user_ns["again"].trainer.held_out == shell.user_ns["w"].trainer.held_out
    assert "--from brings its own settings" in refusal(shell, f"crops --held-out A --from {link}")
    assert "names the row 'Z', but there is no such row" in refusal(shell, "crops --held-out Z")


# ---- what it refuses -----------------------------------------------------------------------


def test_mistakes_end_in_one_line(shell: InteractiveShell) -> None:
    assert "invalid" in refusal(shell, "-e", CELL) or "expected" in refusal(shell, "-e", CELL)
    assert "unrecognized" in refusal(shell, "--frobnicate", CELL)
    assert "quot" in refusal(shell, "-t 'price", CELL)
    assert "quot" in refusal(shell, "df -t 'price")
    assert "weigt" in refusal(shell, "-t weigt", CELL)
    assert "'weight'" in refusal(shell, "-t weigt", CELL)
    assert "positive, finite" in refusal(shell, "--lr 0", CELL)
    assert "positive, finite" in refusal(shell, "--lr nan", CELL)
    assert "positive, finite" in refusal(shell, "--lr fast", CELL)
    assert "whole number" in refusal(shell, "-e 2.5", CELL)
    assert "whole number" in refusal(shell, "-b 0", CELL)
    assert "whole number" in refusal(shell, "--seed -1", CELL)
    assert "not a name" in refusal(shell, "-n 2fast", CELL)
    assert "Line 4, column 'b' holds 'two'" in refusal(shell, "", "a, b\n1, 2\n1, two")
    assert "no variable is named 'df'" in refusal(shell, "df")
    assert "give the name of a variable" in refusal(shell, "")
    shell.user_ns["frame"] = pd.DataFrame({"a": [1], "y": [2]})
    assert "did you mean 'frame'" in refusal(shell, "fram -t y")
    assert refusal(shell, "frame", CELL)
    assert refusal(shell, "", "")


def test_a_refusal_binds_nothing(shell: InteractiveShell) -> None:
    refusal(shell, "-n w --lr 0", CELL)
    assert "w" not in shell.user_ns


def test_help_is_there(shell: InteractiveShell) -> None:
    magic = shell.find_cell_magic("linreg")
    assert "--learning-rate" in magic.__doc__
    assert "--standardize" in magic.__doc__


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("--targets price", "did you mean '--target'?"),
        ("--learning_rate 0.1", "did you mean '--learning-rate'?"),
        ("--batch_size=2", "did you mean '--batch-size'?"),
        ("-lr 0.1", "did you mean '--lr'?"),
        ("--standardise", "did you mean '--standardize'?"),
        ("--epoches 3", "did you mean '--epochs'?"),
        ("--ask loss", "write TrainerWidget(table, ask=...) in a cell."),
        ("--hide compare", "write TrainerWidget(table, hide=...) in a cell."),
        ("--run", "%linreg -h lists them."),
        ("-? ", "%linreg -h lists them."),
        ("-t price a b", "'b' is one word too many: put -t before a target"),
        ("--lr 1,5e-3", "'1,5e-3' has a comma for its decimals: write 1.5e-3."),
        ("--lr 0,001", "write 0.001."),
        ("--within 1,1", "write 1.1."),
        ("--lr", "expected one argument"),
    ],
)
def test_a_mistyped_option_is_answered_with_what_is_meant(
    shell: InteractiveShell, line: str, meant: str
) -> None:
    assert meant in refusal(shell, line, CELL)
    assert refusal(shell, line, CELL).startswith("%linreg: ")


def test_numbers_and_dashes_as_people_type_them(shell: InteractiveShell) -> None:
    shell.run_cell_magic("linreg", "\u2014lr 1e-3 \u2013epochs 1e1 -b 2.0 --seed '4' -n w", CELL)
    settings = shell.user_ns["w"].trainer.settings
    assert (settings.learning_rate, settings.epochs, settings.batch_size) == (0.001, 10, 2)
    assert settings.seed == 4
    frame = pd.DataFrame({"a \u2013b": [1.0, 2, 3], "y": [2.0, 4, 7]})
    shell.user_ns["df"] = frame
    shell.run_line_magic("linreg", "df -t 'y' --features 'a \u2013b' -e 2 -q -n v")
    assert shell.user_ns["v"].trainer.table.feature_names == ("a \u2013b",)
