"""A cell that is run again: its new widget takes the place of the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from linreg_widget import SettingsError, TrainerWidget, cells

Run = Callable[[dict[str, Any]], None]


@pytest.fixture
def run_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Pretend that a request with this metadata runs, another one at each call."""
    monkeypatch.setattr(cells, "_made", {})
    shell = SimpleNamespace(parent_header={})
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    runs = iter(range(1000))

    def run(metadata: dict[str, Any]) -> None:
        header = {"msg_id": f"run {next(runs)}"}
        shell.parent_header = {"header": header, "metadata": metadata}

    yield run
    for _, made in cells._made.values():
        for widget in list(made):
            widget.close()


@pytest.mark.parametrize("metadata", [{"cellId": "a"}, {"colab": {"cell_id": "a"}}])
def test_the_widgets_of_the_last_run_make_room_for_the_new_ones(
    run_in: Run, metadata: dict[str, Any]
) -> None:
    run_in(metadata)
    first, second = TrainerWidget(plot=None), TrainerWidget(plot=None)
    first.step()
    assert (first._closed, second._closed) == (False, False)
    run_in(metadata)
    third = TrainerWidget(plot=None)
    assert (first._closed, second._closed, third._closed) == (True, True, False)
    assert first.trainer.position.update == 1
    assert "closed" in repr(first)
    assert "closed" not in repr(third)


def test_other_cells_keep_theirs(run_in: Run) -> None:
    run_in({"cellId": "a"})
    one = TrainerWidget(plot=None)
    run_in({"cellId": "b"})
    other = TrainerWidget(plot=None)
    run_in({"cellId": "b"})
    TrainerWidget(plot=None)
    assert (one._closed, other._closed) == (False, True)


def test_a_widget_that_was_refused_takes_no_place(run_in: Run) -> None:
    run_in({"cellId": "a"})
    one = TrainerWidget(plot=None)
    run_in({"cellId": "a"})
    with pytest.raises(SettingsError):
        TrainerWidget(plot=None, learning_rate=-1)
    assert not one._closed


@pytest.mark.parametrize("metadata", [{}, {"colab": None}, {"tags": ["x"]}])
def test_where_no_cell_is_named_nothing_is_closed(run_in: Run, metadata: dict[str, Any]) -> None:
    run_in(metadata)
    one = TrainerWidget(plot=None)
    run_in(metadata)
    other = TrainerWidget(plot=None)
    assert not one._closed
    one.close()
    other.close()


def test_outside_a_notebook_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "get_ipython", lambda: None)
    one, other = TrainerWidget(plot=None), TrainerWidget(plot=None)
    assert not one._closed
    one.close()
    other.close()
