"""Check a bundle of the ledger of hours offline.

python verify.py FOLDER [--key HEX]… [--page-key HEX]… [--roots FILE] [--pdf FILE]…

Stands alone: Python 3.11 or newer. --key, --page-key: the public keys of daily roots and certificates as published;
--roots: the daily roots as you received them; --pdf: a certificate's file, looked for among those that were issued.
Exit code 0: all is well, 1: differences, 2: cannot be judged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1: the curve's numbers
Point = tuple[int, int, int, int]
D = -121665 * pow(121666, -1, P) % P
MOVES = """earned approved audited, earned returned returned, returned resubmitted earned, audited confirmed confirmed,
audited sent_back earned, audited rejected rejected, confirmed reversed reversed"""
AFTER = {(move.split()[0], move.split()[1]): move.split()[2] for move in MOVES.split(",")}  # before, verdict, after
FAULTS, UNJUDGED = list[str](), list[str]()


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


def _is_signed(key: str, message: str, signature: str) -> bool:  # RFC 8032 §5.1.7
    raw, made = bytes.fromhex(key), bytes.fromhex(signature)
    s, hashed = int.from_bytes(made[32:], "little"), hashlib.sha512(made[:32] + raw + message.encode()).digest()
    k, base = int.from_bytes(hashed, "little") % ORDER, _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    p, q = _times(s, base), _add(_point(made[:32]), _times(k, _point(raw)))
    return s < ORDER and (p[0] * q[2] - q[0] * p[2]) % P == 0 == (p[1] * q[2] - q[1] * p[2]) % P


def _is_genuine(keys: list[str], message: str, signature: str) -> bool:
    try:
        return any(_is_signed(key, message, signature) for key in keys)
    except ValueError:
        return False


@dataclass
class _Days:  # the roots, and the tree of the one whose links are going by
    roots: list[list[str]]
    at: int = 0
    whole: list[tuple[int, bytes]] = field(default_factory=list)
    uncovered: int = 0

    def take(self, link: dict[str, Any]) -> None:  # one more leaf, RFC 9162 §2.1.1
        while self.at < len(self.roots) and link["number"] > int(self.roots[self.at][4]):
            self.close()
        if self.at == len(self.roots):
            self.uncovered += 1
            return
        day = datetime.fromtimestamp(link["linked_ms"] // 1000, tz=timezone(timedelta(hours=8))).date().isoformat()
        _require(day == self.roots[self.at][2], f"link {link['number']}: is of another day than its root")
        leaf = _sha(b"\0" + link["number"].to_bytes(8, "big") + bytes.fromhex(link["head"]))
        height = 0
        while self.whole and self.whole[-1][0] == height:
            leaf, height = _sha(b"\1" + self.whole.pop()[1] + leaf), height + 1
        self.whole.append((height, leaf))

    def close(self) -> None:  # the day is over
        found = self.whole.pop()[1] if self.whole else _sha(b"")
        while self.whole:
            found = _sha(b"\1" + self.whole.pop()[1] + found)
        day, root = self.roots[self.at][2], self.roots[self.at][5]
        _require(found.hex() == root, f"ledger root {day}: is not over these links")
        self.at += 1


@dataclass
class _Ledger:  # what the links that went by have said
    page_keys: list[str]
    year: int | None  # None: all of them
    number: int = 0
    linked_ms: int = 0
    left_out: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    ends: dict[int, tuple[int, str]] = field(default_factory=dict)
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: dict[tuple[int, int, str], int] = field(default_factory=dict)
    pages: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    confirmed: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    last_days: dict[int, str] = field(default_factory=dict)  # by year: until when any rule of it let hours be decided
    decided: dict[int, tuple[str, str]] = field(default_factory=dict)  # by year: the last decision, its day and name

    def take(self, link: dict[str, Any]) -> None:  # its place, its head, the row it holds fast
        name = f"link {link['number']} (person {link['person']}, {link['sequence']})"
        _require(link["number"] == self.number + 1, f"{name}: follows link {self.number}; those between are missing")
        _require(link["linked_ms"] >= self.linked_ms, f"{name}: is older than the one before")
        self.number, self.linked_ms = link["number"], link["linked_ms"]
        sequence, head = self.ends.get(link["person"], (0, "0" * 64))
        _require(link["sequence"] == sequence + 1, f"{name}: does not follow link {sequence} of its chain")
        words = ("number", "person", "sequence", "kind", "subject", "digest", "linked_ms")
        text = "|".join(["led1", *(str(link[word]) for word in words)])
        _require(_sha(bytes.fromhex(head) + text.encode()).hex() == link["head"], f"{name}: its head is another")
        self.ends[link["person"]] = (link["sequence"], link["head"])
        row, held = link.get("row"), f"{link['kind']} number {link['subject']}"
        if row is None:
            self.left_out += 1
            # Of another year, and said to be so.
            is_other = self.year is not None and link.get("year", self.year) != self.year
            _require(is_other, f"{held}: is gone; {name} holds it")
            return
        _require(_json_sha(row) == link["digest"], f"{held}: is not what {name} holds")
        self.counts[link["kind"]] += 1
        getattr(self, f"_{link['kind']}")(link, row)

    def _entry(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        _require(row["person"] == link["person"], f"entry {link['subject']}: hangs on another person's chain")
        if row["kind"] == "reversal":
            whole = self.entries.get(int(row["source_key"].removeprefix("reversal:")), {})
            is_fit = whole.get("state") == "reversed" and whole["centihours"] == -row["centihours"]
            _require(is_fit, f"entry {link['subject']}: reverses what was not decided to be reversed")
        self._source(link["subject"], row)
        state = "confirmed" if row["kind"] == "carried" else "earned"  # carried hours were confirmed in their own year
        if state == "confirmed":
            self.confirmed.setdefault((row["person"], row["year"]), set()).add(link["subject"])
        self.entries[link["subject"]] = {**row, "digest": link["digest"], "state": state, "count": 0, "base": set()}

    def _source(self, subject: int, row: dict[str, Any]) -> None:  # counts once; again only when it was reversed
        person, year, source = row["person"], row["year"], row["source_key"]
        _require((person, year, source) not in self.keys, f"entry {subject}: counts {source} a second time")
        self.keys[person, year, source] = subject
        key, _mark, number = source.partition("#")
        before = self.keys.get((person, year, key if number == "2" else f"{key}#{int(number or 0) - 1}"), 0)
        same = ("kind", "subject_kind", "centihours", "evidence", "earned_at", "state")
        is_fit = not number or all(self.entries.get(before, {}).get(n) == {**row, "state": "reversed"}[n] for n in same)
        _require(is_fit, f"entry {subject}: is judged again, though the one before was not reversed")

    def _decision(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        name, entry = f"decision {row['entry']}.{row['sequence']}", self.entries.get(row["entry"])
        if entry is None or entry["person"] != link["person"]:
            FAULTS.append(f"{name}: is of no entry of its person")
            return
        entry["count"] += 1
        _require(row["sequence"] == entry["count"], f"{name}: those before it are missing")
        after = AFTER.get((entry["state"], row["verdict"]))
        _require(after, f"{name}: {row['verdict']} where the entry is {entry['state']}")
        entry["state"] = after or entry["state"]
        is_own = row["verdict"] == "resubmitted"
        _require((row["actor"] == entry["person"]) == is_own, f"{name}: was taken by the wrong person")
        of_base = row["verdict"] in ("approved", "returned")
        office = None if is_own else entry["auditor"] if of_base else entry["bureau"]
        _require(row["organisation"] == office, f"{name}: was taken for the wrong office")
        if of_base:
            entry["base"].add(row["actor"])
        if row["verdict"] == "confirmed":
            _require(row["actor"] not in entry["base"], f"{name}: confirms what its actor audited")
            self.confirmed.setdefault((entry["person"], entry["year"]), set()).add(row["entry"])
        if row["verdict"] != "reversed" and "#" not in entry["source_key"]:  # what is judged again has no last day
            day = datetime.fromisoformat(row["decided_at"]).astimezone(timezone(timedelta(hours=8))).date().isoformat()
            self.decided[entry["year"]] = max(self.decided.get(entry["year"], ("", "")), (day, name))
        if row["verdict"] == "reversed":
            self.confirmed.get((entry["person"], entry["year"]), set()).discard(row["entry"])

    def _issue(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        name, facts = f"certificate {row['serial']}", link["facts"]
        self.pages[link["subject"]] = {**row, "person": link["person"], "is_valid": True}
        same = all(facts.get(word) == row[word] for word in ("serial", "code", "year", "issuer", "issued_at"))
        _require(same and _json_sha(facts) == row["digest"], f"{name}: its facts are not those that were signed")
        _require(_is_genuine(self.page_keys, row["digest"], row["signature"]), f"{name}: its signature is not genuine")
        _require(row["issued_by"] != link["person"], f"{name}: was issued by its holder")
        listed = {item["number"]: item for item in facts["entries"]}
        confirmed = self.confirmed.get((link["person"], row["year"]), set())
        for number in sorted(listed.keys() ^ confirmed):
            _require(number in confirmed, f"{name}: lists entry {number}, which was not confirmed")
            _require(number in listed, f"{name}: lacks entry {number}, which was confirmed before")
        sums: Counter[str] = Counter()
        for number in listed.keys() & confirmed:
            entry, item = self.entries[number], listed[number]
            same = all(item[word] == entry[word] for word in ("centihours", "subject_kind", "digest", "earned_at"))
            _require(same, f"{name}: its entry {number} is not the ledger's")
            for word in (entry["subject_kind"], f"{entry['kind']}_{entry['subject_kind']}"):
                sums[word] += entry["centihours"]
        for word in (f"{what}{kind}" for what in ("", "waived_", "carried_") for kind in ("public", "professional")):
            stated = facts.get(f"{word}_centihours", 0)
            _require(stated == sums[word], f"{name}: states {stated} {word}, its entries give {sums[word]}")

    def _replacement(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        page, fresh = self._ended(link), self.pages.get(row["replaced_by"])
        is_fit = page and fresh and all(fresh[word] == page[word] for word in ("person", "year"))
        _require(is_fit, f"certificate number {link['subject']}: is replaced by no page of its year")

    def _revocation(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        _require(row["reason"] and self._ended(link), f"certificate number {link['subject']}: is revoked for nothing")

    def _ended(self, link: dict[str, Any]) -> dict[str, Any] | None:
        page = self.pages.get(link["subject"])
        is_known = page is not None and page["person"] == link["person"] and page["is_valid"]
        _require(is_known, f"certificate number {link['subject']}: was not a valid page of this person")
        self.pages[link["subject"]] = {**(page or {}), "is_valid": False}
        return page

    def _file(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        page = self.pages.get(row["certificate"], {})
        _require(page.get("person") == link["person"], f"file {row['name']}: is of no certificate of its person")
        self.files[row["digest"]] = page.get("serial", "no certificate")

    def _proof(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        name = f"proof {link['subject']} of evidence {row['asked']}"
        _require(row["digest"] in row["name"], f"{name}: its file is not named by its digest")
        _require(row["sent_at"] <= row["handed_in_at"], f"{name}: was handed in before it was sent")

    def _rule_set(self, link: dict[str, Any], row: dict[str, Any]) -> None:
        name = f"rule set {link['facts']['region']} {link['facts']['label']}"
        _require(_json_sha(link["facts"]) == row["digest"], f"{name}: its figures are not those that were issued")
        is_second = row["issued_by"] is None or row["issued_by"] != row["drafted_by"]
        _require(is_second, f"{name}: was issued by who drafted it")
        year = int(link["facts"]["label"].split("-")[0])
        for level in link["facts"]["rows"].values():
            last = "9999-12-31"
            if "grace_days" in level:
                ends = date.fromisoformat(level.get("makeup_until_on", level["cutoff_on"])[0])
                last = (ends + timedelta(days=int(level["grace_days"][0]))).isoformat()
            self.last_days[year] = max(self.last_days.get(year, ""), last)

    def find(self, pdf: Path) -> None:  # which certificate's file it is, byte for byte
        serial = self.files.get(_sha(pdf.read_bytes()).hex())
        _require(serial, f"{pdf.name}: is no file that was issued")
        sys.stdout.write(f"{pdf.name}: is the file of certificate {serial}\n" if serial else "")

    def close(self) -> None:  # no year has two valid pages, or was decided when no rule let it be
        for year, (day, name) in self.decided.items():
            last = self.last_days.get(year, day)
            _require(day <= last, f"{name}: was taken on {day}, after {last}, when nothing was decided any more")
        valid = Counter((page["book"], page["year"]) for page in self.pages.values() if page["is_valid"])
        for (book, year), count in valid.items():
            _require(count == 1, f"book {book}: has {count} valid pages of {year}")


def _roots(text: str, keys: list[str]) -> list[list[str]]:  # signed, every day, every number
    roots = [line.split("|") for line in text.splitlines()]
    before: list[str] = []
    for root in roots:
        name, digest, signature, key = f"ledger root {root[2]}", root[8], root[9], root[10]
        _require(root[:2] == ["led1", "root"], f"{name}: is a root of another ledger")
        _require(_sha("|".join(root[:8]).encode()).hex() == digest, f"{name}: its digest is not that of its facts")
        _require(key in keys, f"{name}: its key {key} is not a known one")
        _require(_is_genuine([key], digest, signature), f"{name}: not signed")
        follows = [root[6], int(root[3])] == ([before[8], int(before[4]) + 1] if before else ["0" * 64, 1])
        is_next = not before or date.fromisoformat(root[2]) == date.fromisoformat(before[2]) + timedelta(days=1)
        _require(follows and is_next, f"{name}: does not follow the root before")
        before = root
    return roots


def _files(folder: Path, manifest: dict[str, Any]) -> None:
    present = {path.name for path in folder.iterdir()} - {"manifest.json"}
    for name in sorted({*manifest["files"], *present}):
        if name in present:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        _require(name in present and manifest["files"].get(name) == found, f"{name}: not as the manifest says")


def _compare(here: dict[str, str], kept: list[str], written_at: str) -> None:  # with the roots as you received them
    for day, line in here.items():
        _require(line in kept, f"ledger root {day}: not among those you received")
    # An hour for a root that was being signed; what was signed later cannot be here.
    until_ms = (datetime.fromisoformat(written_at).timestamp() - 3_600) * 1_000
    for root in (line.split("|") for line in kept if line.startswith("led1|root|")):
        is_here = root[2] in here or int(root[7]) > until_ms
        _require(is_here, f"ledger root {root[2]}: you received it, and it is not here")


def _check(folder: Path, asked: argparse.Namespace, kept: str | None) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    _files(folder, manifest)
    keys = json.loads((folder / "keys.json").read_text(encoding="utf-8"))
    roots = _roots((folder / "roots.txt").read_text(encoding="utf-8"), asked.key or keys["roots"])
    days, ledger = _Days(roots), _Ledger(asked.page_key or keys["certificates"], manifest["year"])
    with (folder / "ledger.jsonl").open(encoding="utf-8") as lines:
        for link in map(json.loads, lines):
            ledger.take(link)
            days.take(link)
    while days.at < len(roots):
        days.close()
    ledger.close()
    for pdf in asked.pdf:
        ledger.find(pdf)
    if days.uncovered:
        UNJUDGED.append(f"the last {days.uncovered} links: no daily root covers them yet")
    by_day = {root[2]: "|".join(root) for root in roots}
    for anchor in map(json.loads, (folder / "anchors.jsonl").read_text(encoding="utf-8").splitlines()):
        left = by_day.get(anchor["day"])
        is_left = left and (anchor["backend"] != "file" or anchor["receipt"] == left)
        _require(is_left, f"anchor of {anchor['day']}: its line is not the root's")
    if kept is not None:
        _compare(by_day, [line.strip() for line in kept.splitlines()], manifest["written_at"])
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(ledger.counts.items()))
    sys.stdout.write(
        f"{ledger.number} links of {len(ledger.ends.keys() - {0})} people, {len(roots)} daily roots; {told}\n"
        f"written at {manifest['written_at']}, daily roots until {roots[-1][2] if roots else '—'}\n"
    )
    if ledger.left_out:
        sys.stdout.write(f"{ledger.left_out} links of other years than {manifest['year']}: their rows are not here\n")


def main() -> int:
    """Run every check of the bundle and say what was found."""
    parser = argparse.ArgumentParser(description="Check a bundle of the ledger of hours.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", action="append", help="a public key of roots as published, hexadecimal; repeatable")
    parser.add_argument("--page-key", action="append", help="a public key of certificates as published; repeatable")
    parser.add_argument("--roots", type=Path, help="a file of daily roots as you received them")
    parser.add_argument("--pdf", type=Path, action="append", default=[], help="a certificate's PDF; repeatable")
    asked = parser.parse_args()
    try:
        kept = asked.roots.read_text(encoding="utf-8") if asked.roots else None
        (asked.folder / "manifest.json").read_bytes()
    except (OSError, ValueError) as reason:
        sys.stdout.write(f"Cannot be judged: {reason}\n")
        return 2
    try:
        _check(asked.folder, asked, kept)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as reason:
        FAULTS.append(f"the bundle holds what no bundle holds: {reason!r}")
    said = [*(f"DIFFERENCE  {fault}\n" for fault in FAULTS), *(f"NOT JUDGED  {what}\n" for what in UNJUDGED)]
    sys.stdout.writelines([*said, "Differences\n" if FAULTS else "Cannot be judged\n" if UNJUDGED else "All is well\n"])
    return 1 if FAULTS else 2 if UNJUDGED else 0


if __name__ == "__main__":
    sys.exit(main())
