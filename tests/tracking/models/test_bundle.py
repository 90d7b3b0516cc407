from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tracking.rules.test_archived import MONTH, OPENED_MS, session
from tracking.models.bundle import BrokenBundleError, Bundle, Manifest, archived_lines, write_bundle
from tracking.rules.archived import ArchivedSession

KEYS = [f"0b0e7a52-9f3c-4d7a-8a63-3a52f1f0a{number:03}" for number in range(1, 4)]


def kept(number: int) -> ArchivedSession:
    sound = session(KEYS[number - 1], OPENED_MS + number * 100_000)
    return replace(sound, closing=replace(sound.closing, number=number))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "viewing-2025-10.zip"
    write_bundle(path, MONTH, [[kept(1), kept(2)], [kept(3)]])
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Write the zip anew with other members; None leaves one out."""
    with zipfile.ZipFile(path) as file:
        members = {name: change(name, file.read(name)) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            if data is not None:
                file.writestr(name, data)


def faults(path: Path) -> list[str]:
    with Bundle(path) as bundle:
        return list(bundle.faults())


def test_bundle_holds_what_was_put_in(path: Path) -> None:
    with Bundle(path) as bundle:
        manifest = bundle.manifest
        found = [each for block in manifest.blocks for each in bundle.read(block)]

    assert found == [kept(1), kept(2), kept(3)]
    assert (manifest.month, manifest.sessions, manifest.lines, manifest.later_lines) == (MONTH, 3, 12, 0)
    assert faults(path) == []


def test_write_gives_the_same_bytes_again(path: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "again.zip", MONTH, iter([[kept(1), kept(2)], [kept(3)]]))

    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()


def test_a_month_without_sessions_has_a_bundle_too(tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path / "none.zip", MONTH, [])

    assert (manifest.sessions, faults(tmp_path / "none.zip")) == (0, [])


@pytest.mark.parametrize("number", [None, 3])
def test_archived_lines_finds_a_session(path: Path, number: int | None) -> None:
    assert archived_lines(path, KEYS[2], number=number) == list(kept(3).lines)


@pytest.mark.parametrize(("key", "number"), [("none", None), (KEYS[2], 1), (KEYS[2], 99)])
def test_archived_lines_says_that_a_session_is_not_there(path: Path, key: str, number: int | None) -> None:
    with pytest.raises(BrokenBundleError, match="is not in it"):
        archived_lines(path, key, number=number)


def test_an_altered_block_is_named_and_not_read(path: Path) -> None:
    rewrite(path, lambda name, data: data.replace(b"|30|2|8|", b"|31|2|8|") if name == "blocks/000002.txt" else data)

    assert "viewing-2025-10.zip: blocks/000002.txt is not what the manifest says" in faults(path)
    with pytest.raises(BrokenBundleError, match="blocks/000002"):
        archived_lines(path, KEYS[2])
    assert archived_lines(path, KEYS[0]) == list(kept(1).lines)


def test_a_block_that_grew_is_refused_unread(path: Path) -> None:
    rewrite(path, lambda name, data: data + b"\n" * 1_000_000 if name == "blocks/000001.txt" else data)

    assert "viewing-2025-10.zip: blocks/000001.txt is not what the manifest says" in faults(path)


def test_a_missing_block_is_named(path: Path) -> None:
    rewrite(path, lambda name, data: None if name == "blocks/000001.txt" else data)

    assert faults(path)[:2] == [
        "viewing-2025-10.zip: its files are not those of its manifest",
        "viewing-2025-10.zip: blocks/000001.txt cannot be read",
    ]


def test_a_file_too_many_is_named(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("blocks/000003.txt", b"")

    assert faults(path) == ["viewing-2025-10.zip: its files are not those of its manifest"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"sessions":3', b'"sessions":2'), (b'"root":"', b'"root":"0'), (b'"later_lines":0', b'"later_lines": 0')],
)
def test_an_altered_manifest_cannot_be_read(path: Path, old: bytes, new: bytes) -> None:
    rewrite(path, lambda name, data: data.replace(old, new) if name == "manifest.json" else data)

    with pytest.raises(BrokenBundleError, match="its manifest cannot be read"):
        Bundle(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all" * 100], ids=["empty", "short", "text"])
def test_what_is_no_bundle_cannot_be_opened(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "no.zip").write_bytes(data)

    with pytest.raises(BrokenBundleError, match="cannot be opened"):
        Bundle(tmp_path / "no.zip")


def test_no_byte_can_be_changed_unseen(path: Path) -> None:
    """Every byte that carries content; a zip's own dates and permissions carry none."""
    with zipfile.ZipFile(path) as file:
        before = {name: file.read(name) for name in file.namelist()}
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            is_clean = not faults(path)
        except BrokenBundleError:
            continue
        if is_clean:
            with zipfile.ZipFile(path) as file:
                assert {name: file.read(name) for name in file.namelist()} == before, at


def forged(path: Path, *, later_lines: int = 0, **change: object) -> None:
    """Write a bundle whose manifest agrees with its blocks, by someone who knows how it is made."""
    line = replace(kept(2).lines[1], **change)  # type: ignore[arg-type]
    sound = kept(2)
    manifest = write_bundle(path, MONTH, [[kept(1), replace(sound, lines=(sound.lines[0], line, *sound.lines[2:]))]])
    if later_lines:
        forged_manifest = Manifest(manifest.month, manifest.blocks, later_lines)
        rewrite(path, lambda name, data: forged_manifest.encoded() if name == "manifest.json" else data)


def test_a_forged_bundle_is_found_by_its_chains(path: Path) -> None:
    forged(path, accrued_ms=29_999)

    assert faults(path) == [f"viewing-2025-10.zip: session {KEYS[1]}: its chain breaks at line 3 or before"]


def test_forged_counts_are_found(path: Path) -> None:
    forged(path, later_lines=5)

    assert faults(path) == ["viewing-2025-10.zip: 0 lines lie in the next month, not 5"]


def test_sessions_out_of_order_are_found(tmp_path: Path) -> None:
    path = tmp_path / "disordered.zip"
    write_bundle(path, MONTH, [[kept(3), kept(1)], [kept(2)]])

    assert [fault.removeprefix("disordered.zip: ") for fault in faults(path)] == [
        "blocks/000001.txt: its sessions are not in their order",
        "blocks/000002.txt: its sessions do not follow those before",
    ]
