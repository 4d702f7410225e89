"""A notebook's shell in this process, and what its page sends: runs of cells, and messages."""

from __future__ import annotations

import itertools
import sys
from types import SimpleNamespace
from typing import Any

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell

from linreg_widget import TrainerWidget
from linreg_widget.panel.closing import lifetime
from linreg_widget.panel.closing.held import open_widgets

SETUP = """
from ipywidgets import *
from IPython.display import *
from linreg_widget import *
def made(lr=1e-5):
    return TrainerWidget(learning_rate=lr, plot=None)
"""


class Shell(InteractiveShell):
    """IPython's shell with what ipykernel's has besides: the request that is being handled."""

    parent_header: Any = None

    @property
    def kernel(self) -> Any:
        return SimpleNamespace(_parent_header=self.parent_header)

    def get_parent(self) -> Any:
        return self.parent_header

    def set_parent(self, parent: Any) -> None:
        self.parent_header = parent


class Notebook:
    """Sends to the shell what a notebook would."""

    def __init__(self) -> None:
        self.shell: Any = Shell.instance()
        self._ids = itertools.count()
        self._page: dict[str, Any] = {}
        self.run("setup", SETUP)
        lifetime.watch()  # as the package's import does, in a notebook's own process

    def run(self, cell: str | None, code: str, *, fails: bool = False) -> None:
        """Run a cell; None if the notebook does not name it."""
        self._request("execute_request", {} if cell is None else {"cellId": cell})
        result = self.shell.run_cell(code, store_history=True)
        assert result.success is not fails, result

    def set(self, widget: str, **state: Any) -> None:
        """Let the page set traits of a widget, given by an expression."""
        self._send(widget, {"method": "update", "state": state, "buffer_paths": []})

    def click(self, button: str) -> None:
        """Let a reader click on a button, given by an expression."""
        self._send(button, {"method": "custom", "content": {"event": "click"}})

    def _send(self, widget: str, data: dict[str, Any]) -> None:
        self._request("comm_msg", {})
        events, one = self.shell.events, self.eval(widget)
        events.trigger("pre_execute")  # as a kernel's comm does, in each version
        one._handle_msg({"content": {"comm_id": one.comm.comm_id, "data": data}, "buffers": []})
        events.trigger("post_execute")

    def _request(self, kind: str, metadata: dict[str, Any]) -> None:
        header = {"msg_id": f"request {next(self._ids)}", "msg_type": kind}
        self.shell.parent_header = {"header": header, "metadata": metadata}

    def eval(self, expression: str) -> Any:
        """Return the value of an expression, about which IPython learns nothing."""
        return eval(expression, self.shell.user_ns)  # noqa: S307 - the test's own

    @property
    def rates(self) -> list[float]:
        """The learning rates of the widgets that are open, in the order in which they were made."""
        widgets = list(open_widgets().values())
        return [one.learning_rate for one in widgets if isinstance(one, TrainerWidget)]

    def close(self) -> None:
        """Close all widgets, and the shell."""
        ipywidgets.Widget.close_all()
        if self.shell.history_manager is not None:
            self.shell.history_manager.end_session()
        Shell.clear_instance()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    ipywidgets.Widget.close_all()
    one = Notebook()
    yield one
    one.close()
