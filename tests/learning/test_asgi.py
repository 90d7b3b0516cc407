"""The door's process: what it has grown old with is let go when nobody holds it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LET_GO = """
import gc
import weakref

import learning.asgi

class Knot:
    def __init__(self):
        self.itself = self

knot = Knot()
gc.collect(0), gc.collect(1)  # It has grown old, as a socket of half an hour.
end = weakref.ref(knot)
del knot
for turn in range(60):
    kept = [[] for _ in range(150_000)]  # What a busy server makes and drops.
    if end() is None:
        break
print("let go" if end() is None else "held for ever")
"""


def test_closed_sockets_are_let_go_however_old_they_were() -> None:
    done = subprocess.run([sys.executable, "-c", LET_GO], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "let go"
