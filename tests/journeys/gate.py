"""The gate: a proxy between a browser and the site, which can be shut, wholly or for WebSockets alone.

Knows connections; nothing of what passes through them. A shut gate is a network that is gone: what
was open breaks, what is tried fails, and no event tells the browser so.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

CHUNK_BYTES = 65_536


class Gate:
    """A proxy on a port of its own; to be used as a context manager."""

    def __init__(self, site_port: int, *, shuts_sockets: bool = False) -> None:
        self._site = ("127.0.0.1", site_port)
        self._shuts_sockets = shuts_sockets
        self._is_shut = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.refused_sockets = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._door.close()
        self.shut()

    def shut(self) -> None:
        """Break everything, and let nothing new through."""
        with self._lock:
            self._is_shut = True
            broken, self._open = self._open, set()
        for one in broken:
            _end(one)

    def open(self) -> None:
        """Let everything through again."""
        self._is_shut = False

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _address = self._door.accept()
                threading.Thread(target=self._pass, args=(visitor,), daemon=True).start()

    def _pass(self, visitor: socket.socket) -> None:
        """Take one connection: a tunnel, which is how a browser lays a WebSocket, or plain requests."""
        with contextlib.suppress(OSError):
            first = visitor.recv(CHUNK_BYTES)
            is_tunnel = first.startswith(b"CONNECT ")
            if is_tunnel and self._shuts_sockets:
                self.refused_sockets += 1
                visitor.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            elif b"http://127.0.0.1:" not in first and not is_tunnel:
                pass  # The browser's own errands to its makers are not let through.
            elif first and not self._is_shut:
                self._connect(visitor, b"" if is_tunnel else first, is_tunnel=is_tunnel)
        _end(visitor)

    def _connect(self, visitor: socket.socket, first: bytes, *, is_tunnel: bool) -> None:
        with socket.create_connection(self._site) as site:
            with self._lock:
                if self._is_shut:
                    return
                self._open |= {visitor, site}
            if is_tunnel:
                visitor.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            site.sendall(first)
            back = threading.Thread(target=_pour, args=(site, visitor), daemon=True)
            back.start()
            _pour(visitor, site)
            back.join()
            with self._lock:
                self._open -= {visitor, site}


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Hand bytes on until either side ends, then end both."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
    _end(source)
    _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
