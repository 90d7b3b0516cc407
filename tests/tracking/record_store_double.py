"""A learning record store that answers over real HTTP, as strict as the specification lets it be.

Takes a request whole or not at all. `troubles` are answered first, one a request: a status, with
what is stored nevertheless when it is negative (the answer is lost, the statements are not).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

KEY, SECRET = "hourbook", "s3cret:with a colon"


class Store:
    """What the store holds, what it was asked, and how it is to behave."""

    def __init__(self) -> None:
        self.statements: dict[str, dict[str, Any]] = {}
        self.requests: list[list[dict[str, Any]]] = []
        self.troubles: list[int] = []
        self.is_fussy_about_known_ids = False
        self.refused_verbs: set[str] = set()
        self.max_statements = 1_000
        self.answer: bytes | None = None
        self.lock = threading.Lock()

    def judge(self, headers: Any, body: bytes) -> tuple[int, bytes]:
        expected = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if headers["Authorization"] != expected:
            return 401, b"who are you?"
        if headers["X-Experience-API-Version"] != "1.0.3" or headers["Content-Type"] != "application/json":
            return 400, b"wrong headers"
        statements = json.loads(body)
        self.requests.append(statements)
        if self.troubles:
            trouble = self.troubles.pop(0)
            if trouble < 0:
                self.statements |= {each["id"]: each for each in statements}
            return abs(trouble), b"not now"
        return self._store(statements)

    def _store(self, statements: list[dict[str, Any]]) -> tuple[int, bytes]:
        ids = [str(UUID(each["id"])) for each in statements]
        if not ids or len(set(ids)) != len(ids):
            return 400, b"ids"
        if len(ids) > self.max_statements:
            return 413, b"too much"
        if any(each["verb"]["display"]["en"] in self.refused_verbs for each in statements):
            return 400, "语句无效\x00\nbad verb".encode()
        known = [each for each in statements if each["id"] in self.statements]
        if known and (self.is_fussy_about_known_ids or any(self.statements[each["id"]] != each for each in known)):
            return 409, b"known"
        self.statements |= {each["id"]: each for each in statements}
        return 200, self.answer if self.answer is not None else json.dumps(ids).encode()


@contextmanager
def serving() -> Iterator[tuple[str, Store]]:
    """Serve a store on a free port; yield its address and the store."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/xapi/statements":
                status, answer = 404, b"nothing here"
            else:
                with store.lock:
                    status, answer = store.judge(self.headers, body)
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", "/xapi/statements")
            self.send_header("Content-Length", str(len(answer) if status != 204 else 0))
            self.end_headers()
            if status != 204:
                self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/xapi", store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
