"""Source in coloured pieces, by Python's own tokenizer."""

from __future__ import annotations

import gc
import inspect

import pytest

from linreg_widget.clock import without_pauses
from linreg_widget.microscope import colouring
from linreg_widget.microscope.colouring import Token, coloured

TEXT = '''\
@torch.no_grad()
def update(model, x):  # a comment
    """Of two
    lines."""
    matrix = x @ model.w.t() - 2e-3
    for name in sorted(model.list):
        print(f"{name}")
    yield "done"'''
SOURCE = TEXT.split("\n")


def pieces(kind: str) -> list[str]:
    return [text for line in coloured(SOURCE) for known, text in line if known == kind]


def test_each_kind_is_found() -> None:
    assert pieces("decorator") == ["@torch"]
    assert pieces("function") == ["update"]
    assert pieces("comment") == ["# a comment"]
    assert pieces("keyword") == ["def", "for", "in", "yield"]
    assert pieces("builtin") == ["sorted", "print"], "an attribute of that name is none"
    assert pieces("number") == ["2e-3"]
    assert pieces("string")[:2] == ['"""Of two', '    lines."""']
    assert pieces("operator")[-1] == "."
    assert "@" in pieces("operator")


def test_put_together_the_pieces_are_the_lines() -> None:
    lines = inspect.getsource(colouring).split("\n")
    assert ["".join(text for _, text in line) for line in coloured(lines)] == lines
    assert coloured([]) == []
    assert coloured([""]) == [[]]


@pytest.mark.parametrize("rest", ['"""never ends', "  indented", "x = (", "a ? b"])
def test_what_is_no_python_has_no_colour(rest: str) -> None:
    lines = coloured(["def f():", "    return 1", rest])
    assert lines[0][0] == Token("keyword", "def")
    assert "".join(text for _, text in lines[2]) == rest


def test_no_garbage_is_searched_for_until_afterwards() -> None:
    assert gc.isenabled()
    with without_pauses():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with without_pauses():
            pass
        assert not gc.isenabled(), "who has switched it off finds it so"
    finally:
        gc.enable()
