"""Check a bundle of viewing records offline.

python verify.py BUNDLE.zip [--key HEX]… [--roots FILE]

Stands alone: Python 3.10 or newer, nothing else. --key: the public key as the operator published it; --roots: the
daily roots as you received them. Exit code 0: all is well, 1: differences, 2: cannot be judged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1: the curve's numbers
Point = tuple[int, int, int, int]
D = -121665 * pow(121666, -1, P) % P
HEADER = "rule session kind learner media length policy software".split()  # noqa: SIM905 -- a line reads better
WORDS = "rule session index kind start_ms end_ms accrued_ms from_s to_s new_s deferred_s flags beats".split()  # noqa: SIM905
TEXTS = ("rule", "session", "kind")
FAULTS: list[str] = []
UNJUDGED: list[str] = []


def _require(holds: object, fault: str) -> None:
    if not holds:
        FAULTS.append(fault)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _json_sha(facts: object) -> str:
    return _sha(json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hex()


def _add(p: Point, q: Point) -> Point:  # extended coordinates, RFC 8032 §5.1.4
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n: int, p: Point) -> Point:
    q = (0, 1, 1, 0)
    while n:
        q, p, n = _add(q, p) if n & 1 else q, _add(p, p), n >> 1
    return q


def _point(raw: bytes) -> Point:
    y, sign = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def _is_signed(key: bytes, message: bytes, signature: bytes) -> bool:  # RFC 8032 §5.1.7
    s, hashed = int.from_bytes(signature[32:], "little"), hashlib.sha512(signature[:32] + key + message).digest()
    k, base = int.from_bytes(hashed, "little") % ORDER, _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    p, q = _times(s, base), _add(_point(signature[:32]), _times(k, _point(key)))
    return s < ORDER and (p[0] * q[2] - q[0] * p[2]) % P == 0 == (p[1] * q[2] - q[1] * p[2]) % P


def _session(key: str, text: str) -> dict[str, Any]:  # check 1: hash every line after the head before it
    header, *rows = text.splitlines()
    facts = dict(zip(HEADER, header.split("|"), strict=True))
    heads = [_sha(header.encode())]
    for row in rows:
        heads.append(_sha(heads[-1] + row.encode()))
    said = [dict(zip(WORDS, row.split("|"), strict=True)) for row in rows]
    lines: Any = [{name: word if name in TEXTS else int(word) for name, word in line.items()} for line in said]
    named = {(entry["rule"], entry["session"]) for entry in [facts, *lines]} == {("trk1", key)}
    _require(
        named and [line["index"] for line in lines] == list(range(len(lines))), f"session {key}: lines are missing"
    )
    _require(
        lines[0]["kind"] == "open" and lines[0]["to_s"] == int(facts["length"]), f"session {key}: a strange opening"
    )
    return {**facts, "lines": lines, "heads": [head.hex() for head in heads]}


def _roots(text: str, known: set[str]) -> dict[str, list[str]]:  # check 2: signed, every day, every number
    roots: dict[str, list[str]] = {}
    before: list[str] = []
    for root in (line.split("|") for line in text.splitlines()):
        name, digest, signature, key = f"daily root {root[2]}", root[9], root[10], root[11]
        _require(_sha("|".join(root[:9]).encode()).hex() == digest, f"{name}: its digest is not that of its facts")
        _require(key in known, f"{name}: its key {key} is not a known one")
        _require(_is_signed(bytes.fromhex(key), digest.encode(), bytes.fromhex(signature)), f"{name}: not signed")
        if before:
            follows = date.fromisoformat(root[2]) == date.fromisoformat(before[2]) + timedelta(days=1)
            follows = follows and (root[7], int(root[3])) == (before[9], int(before[4]) + 1)
            _require(follows, f"{name}: does not follow the root before")
        roots[root[2]] = before = root
    return roots


def _seal(key: str, session: dict[str, Any], seal: dict[str, Any], roots: dict[str, list[str]]) -> None:  # check 2
    if not seal.get("day"):
        UNJUDGED.append(f"session {key}: no daily root covers it yet")
        return
    root, path = roots[seal["day"]], [bytes.fromhex(step) for step in seal["path"]]
    found = _sha(b"\0" + seal["number"].to_bytes(8, "big") + UUID(key).bytes + bytes.fromhex(session["heads"][-1]))
    index, last = seal["number"] - int(root[3]), int(root[4]) - int(root[3])
    _require(0 <= index <= last, f"session {key}: its seal {seal['number']} is of another day")
    while last > 0 and path:  # RFC 9162 §2.1.3.2; the last of an odd level has no sibling
        if index % 2 or index < last:
            found = _sha(b"\1" + path.pop(0) + found) if index % 2 else _sha(b"\1" + found + path.pop(0))
        index, last = index >> 1, last >> 1
    _require(not path and not last and found.hex() == root[5], f"session {key}: does not lead to root {root[2]}")


def _terms(key: str, session: dict[str, Any], policy: dict[str, Any]) -> None:  # checks 3 and 5: policy, budgets
    lines = session["lines"]
    played = [line for line in lines if line["kind"] in ("seg", "late")]
    accrued_ms, new_s = sum(line["accrued_ms"] for line in lines), sum(line["new_s"] for line in played)
    wall_ms = max(line["end_ms"] for line in lines) - lines[0]["start_ms"]
    inside = all(0 <= line["new_s"] <= line["to_s"] - line["from_s"] for line in played)
    _require(inside and all(line["to_s"] <= lines[0]["to_s"] for line in played), f"session {key}: outside the media")
    _require(_json_sha(policy) == session["policy"], f"session {key}: its policy is not the one its header names")
    _require(policy.get("rate_percent") == lines[0]["flags"], f"session {key}: its rate is not its policy's")
    in_budget = new_s * 1000 <= accrued_ms and accrued_ms * 100 <= wall_ms * lines[0]["flags"]
    _require(in_budget, f"session {key}: {new_s} s granted for {accrued_ms} ms accrued in {wall_ms} ms")


def _timeline(sessions: list[dict[str, Any]], policies: dict[str, Any], *, is_whole: bool) -> None:  # checks 6 and 7
    since_s = longest_s = end_ms = 0
    is_armed = False
    for session in sorted(sessions, key=lambda each: (each["lines"][0]["start_ms"], each["lines"][-1]["end_ms"])):
        _require(session["lines"][0]["start_ms"] >= end_ms, f"session {session['session']}: overlaps the one before")
        policy, end_ms = policies.get(session["policy"], {}), session["lines"][-1]["end_ms"]
        plan_s = policy.get("check_max_s") or 0
        # In a session that is not in the bundle a check may have been passed.
        since_s = since_s if is_armed and is_whole else 0
        is_armed, longest_s = is_armed or plan_s > 0, max(longest_s, plan_s)
        for line in session["lines"]:
            is_passed = line["kind"] == "void" or (line["kind"] == "ans" and line["flags"] == 1)
            since_s = 0 if is_passed else since_s + (line["new_s"] if line["kind"] == "seg" else 0)
            # Passed under a policy without checks, the next check is drawn by the next policy that has some.
            is_armed = is_armed and (plan_s > 0 or not is_passed or line["kind"] == "void")
            unchecked = is_armed and plan_s and since_s > longest_s + policy["answer_s"]
            _require(not unchecked, f"session {session['session']}: {since_s} s without a passed presence check")


def _credit(claim: dict[str, Any], sessions: dict[str, dict[str, Any]], policies: dict[str, Any]) -> None:  # 4 and 8
    needed_s = 0
    name, held, waiting = f"evidence {claim['evidence']}", set[int](), set[int]()
    for key, count, head in claim["sessions"]:
        session = sessions[key]
        _require(session["heads"][count] == head, f"{name}: session {key} is not what it was when it was proved")
        is_rewind = policies.get(session["policy"], {}).get("missed_check") == "rewind"
        is_own = session["lines"][0]["from_s"] == claim["lesson"]
        needed_s = max(needed_s, policies.get(session["policy"], {}).get("needed_s", 0) if is_own else 0)
        for line in session["lines"][:count]:
            if line["kind"] in ("seg", "late") and is_own:
                (waiting if is_rewind else held).update(range(line["from_s"], line["to_s"]))
            held |= waiting if line["kind"] == "ans" and line["flags"] == 1 else set()
            waiting = set() if line["kind"] == "void" else waiting
    facts = {word: claim[word] for word in ("enrolment", "lesson", "covered_s", "sessions")}
    _require(_json_sha({"rule": "trk1", **facts}) == claim["digest"], f"{name}: its digest is not that of its facts")
    is_enough = len(held) == claim["covered_s"] >= needed_s > 0
    _require(is_enough, f"{name}: {len(held)} s in the lines, {claim['covered_s']} claimed, {needed_s} needed")


def _compare(roots: dict[str, list[str]], kept: list[str], first: int, made_at: str) -> None:  # as you received them
    for day, root in roots.items():
        _require("|".join(root) in kept, f"daily root {day}: not among those you received")
    # Only from the first session's root on; an hour for one that was being signed; what was signed later is not here.
    until_ms = (datetime.fromisoformat(made_at).timestamp() - 3_600) * 1_000
    for root in (line.split("|") for line in kept if first and line.startswith("trk1|root|")):
        is_here = root[2] in roots or int(root[4]) < first or int(root[8]) > until_ms
        _require(is_here, f"daily root {root[2]}: you received it, and it is not here")


def _check(files: dict[str, str], known: list[str] | None, kept: str | None) -> None:
    manifest = json.loads(files.pop("manifest.json"))
    for name in sorted({*manifest["files"], *files}):
        found = _sha(files.get(name, "").encode()).hex()
        _require(name in files and manifest["files"].get(name) == found, f"{name}: not as the manifest says")
    seals, policies, claims = (json.loads(files[f"{name}.json"]) for name in ("seals", "policies", "credit"))
    texts = {name[9:-4]: text for name, text in files.items() if name.startswith("sessions/")}
    _require(texts, "the bundle holds no session")
    sessions = {key: _session(key, text) for key, text in texts.items()}
    roots = _roots(files["roots.txt"], set(known or files["keys.txt"].split()))
    for key, session in sessions.items():
        _seal(key, session, seals.get(key) or {}, roots)
        _terms(key, session, policies.get(session["policy"], {}))
    is_whole = not any(manifest["scope"][part] for part in ("session", "credit", "first_day"))
    for learner in {session["learner"] for session in sessions.values()}:
        _timeline([each for each in sessions.values() if each["learner"] == learner], policies, is_whole=is_whole)
    for claim in claims:
        _credit(claim, sessions, policies)
    for anchor in json.loads(files["anchors.json"]):
        is_left = anchor["backend"] != "file" or anchor["receipt"] == "|".join(roots[anchor["day"]])
        _require(is_left, f"anchor of {anchor['day']}: its line is not the root's")
    if kept is not None:
        first = min((seal["number"] for seal in seals.values()), default=0)
        _compare(roots, kept.split(), first, manifest["made_at"])
    made = f"made at {manifest['made_at']}, daily roots until {max(roots, default='—')}"
    counts = f"{len(sessions)} sessions, {len(claims)} evidences, {len(roots)} daily roots; keys: "
    sys.stdout.write(f"{counts}{', '.join(sorted({root[11] for root in roots.values()})) or 'none'}\n{made}\n")


def main() -> int:
    """Run every check of the bundle and say what was found."""
    parser = argparse.ArgumentParser(description="Check a bundle of viewing records.")
    parser.add_argument("bundle")
    parser.add_argument("--key", action="append", help="a public key as published, hexadecimal; may be repeated")
    parser.add_argument("--roots", help="a file of daily roots as you received them")
    asked = parser.parse_args()
    try:
        with zipfile.ZipFile(asked.bundle) as bundle:
            files = {name: bundle.read(name).decode() for name in bundle.namelist()}
        kept = Path(asked.roots).read_text(encoding="utf-8") if asked.roots else None
    except (OSError, ValueError, zipfile.BadZipFile) as reason:
        sys.stdout.write(f"Cannot be judged: {reason}\n")
        return 2
    try:
        _check(files, asked.key, kept)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as reason:
        FAULTS.append(f"the bundle holds what no bundle holds: {reason!r}")
    for words in [*(f"DIFFERENCE  {fault}" for fault in FAULTS), *(f"NOT JUDGED  {what}" for what in UNJUDGED)]:
        sys.stdout.write(f"{words}\n")
    sys.stdout.write("Differences\n" if FAULTS else "Cannot be judged\n" if UNJUDGED else "All is well\n")
    return 1 if FAULTS else 2 if UNJUDGED else 0


if __name__ == "__main__":
    sys.exit(main())
