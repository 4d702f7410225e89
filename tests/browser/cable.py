"""A cable between the browser and the server that can be cut and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Cable:
    """Hands on what comes in at a port of its own to another port of this machine.

    >>> with Cable(server.port) as cable:
    ...     lab.port = cable.port
    ...     cable.cut()
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._is_cut = False
        self.refused = 0
        """How many connections were asked for while it was cut."""
        self._wires: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._entrance = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._entrance.getsockname()[1]
        self._porter = threading.Thread(target=self._admit, daemon=True)
        self._porter.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._entrance.shutdown(socket.SHUT_RDWR)
        self._entrance.close()
        self._porter.join()

    def cut(self) -> None:
        """End all connections at once, and let no other be made."""
        with self._lock:
            self._is_cut = True
            wires, self._wires = self._wires, set()
        for wire in wires:
            _end(wire)

    def mend(self) -> None:
        """Let connections be made again."""
        self._is_cut = False

    def _admit(self) -> None:
        while True:
            try:
                near, _ = self._entrance.accept()
            except OSError:
                return
            if self._is_cut:
                self.refused += 1
                _end(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._wires |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=pair, daemon=True).start()


def _hand_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
