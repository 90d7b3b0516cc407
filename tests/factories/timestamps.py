"""A time stamping authority of our own: openssl's, behind a small HTTP server."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamps]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class MissingOpenssl(RuntimeError):
    """The openssl program is not on this machine."""


@dataclass
class Authority:
    """`certificate` is the root that vouches for it; `fault` makes it answer otherwise."""

    folder: Path
    url: str = ""
    fault: str = ""
    asked: list[bytes] = field(default_factory=list)

    @property
    def certificate(self) -> Path:
        return self.folder / "root.pem"

    def stamp(self, question: bytes) -> bytes:
        """Answer a request as `openssl ts` does."""
        (self.folder / "question.tsq").write_bytes(question)
        _openssl(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "stamps", "-queryfile", "question.tsq",
                 "-out", "reply.tsr")  # fmt: skip
        return (self.folder / "reply.tsr").read_bytes()

    def verify(self, data: bytes, reply: bytes) -> bool:
        """Say whether `openssl ts -verify` takes the reply for a stamp of the data."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "given.tsr").write_bytes(reply)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "given.tsr", "-CAfile", "root.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0


def make(folder: Path, name: str = "Hourbook test") -> Authority:
    """Make the keys and certificates of an authority. Raises: MissingOpenssl."""
    if shutil.which("openssl") is None:
        raise MissingOpenssl("openssl is not installed (Debian: apt install openssl)")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder, name=name))
    (folder / "serial").write_text("01")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
    _openssl(folder, "req", "-x509", *key, "-extensions", "root", "-days", "3650", "-keyout", "root.key",
             "-out", "root.pem")  # fmt: skip
    _openssl(folder, "req", "-new", *key, "-subj", f"/CN={name} TSA", "-keyout", "tsa.key", "-out", "tsa.csr")
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
             "-days", "3650", "-extfile", "tsa.cnf", "-extensions", "tsa", "-out", "tsa.pem")  # fmt: skip
    return Authority(folder)


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve the authority on a port of its own."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append(question)
            if authority.fault == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{authority.url}elsewhere")
                self.end_headers()
                return
            reply = _reply(authority, question)
            self.send_response(503 if authority.fault == "away" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        authority.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()


def _reply(authority: Authority, question: bytes) -> bytes:
    if authority.fault == "nonsense":
        return b"<html>"
    if authority.fault == "replay":
        return authority.stamp(authority.asked[0])
    return authority.stamp(question)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
