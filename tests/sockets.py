"""Kernels are reached by files: a port that is free may be taken before a kernel has it.

Then jupyter_client tries five times, and the test waits for minutes.
"""

from __future__ import annotations

import itertools
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager


@contextmanager
def reached_by_files() -> Iterator[None]:
    """Let all kernels that this process starts be so, whoever starts them, nbclient as well."""
    if not hasattr(socket, "AF_UNIX"):
        yield
        return
    begin, numbers = KernelManager.__init__, itertools.count()
    # Near the root: the path of a socket has at most 107 characters.
    with (
        tempfile.TemporaryDirectory(prefix="kernels-") as folder,
        pytest.MonkeyPatch.context() as p,
    ):

        def begin_by_files(manager: Any, *arguments: Any, **options: Any) -> None:
            begin(manager, *arguments, **options)
            manager.transport = "ipc"
            manager.connection_file = str(Path(folder, f"{next(numbers)}.json"))

        p.setattr(KernelManager, "__init__", begin_by_files)
        yield
