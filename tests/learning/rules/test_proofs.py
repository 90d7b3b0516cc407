"""A file is what its bytes say, whatever it calls itself."""

from __future__ import annotations

import pytest

from learning.rules.proofs import NAME_MAX_CHARACTERS, ProofKind, ProofRefusal, kind_of, pdf_refusal, shown_name


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", ProofKind.PDF),
        (b"\xff\xd8\xff\xe0", ProofKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", ProofKind.PNG),
        (b"", None),
        (b" %PDF-1.7\n", None),
        (b"%PDF-9.9\n", None),
        (b"%PDF-1.7<script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<!doctype html>", None),
        (b"PK\x03\x04", None),
        (b"GIF89a", None),
    ],
)
def test_kind_of_reads_the_first_bytes(content: bytes, kind: ProofKind | None) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"%PDF-1.7\n%%EOF", None),
        (b"%PDF-1.7\n%%EOF\r\n", None),
        (b"%PDF-1.7\n/JSX /S/LaunchPad %%EOF", None),
        (b"%PDF-1.7\n%%EOF\nPK\x03\x04", ProofRefusal.UNREADABLE),
        (b"%PDF-1.7\n%%EOF<script>1</script>", ProofRefusal.UNREADABLE),
        (b"%PDF-1.7\n/JavaScript %%EOF", ProofRefusal.ACTIVE),
        (b"%PDF-1.7\n/EmbeddedFile\n%%EOF", ProofRefusal.ACTIVE),
        (b"%PDF-1.7\n/S /Launch\n%%EOF", ProofRefusal.ACTIVE),
    ],
)
def test_pdf_refusal_reads_what_no_parser_may_reach(content: bytes, refusal: ProofRefusal | None) -> None:
    assert pdf_refusal(content) == refusal


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("假条.PDF", "假条.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\fakepath\\leave.html", "C__fakepath_leave.pdf"),
        ("a\u202egnp.exe", "agnp.pdf"),
        ("\x00\x1b[31m.pdf", "[31m.pdf"),
        (".pdf", "proof.pdf"),
        ("", "proof.pdf"),
        ("..", "proof.pdf"),
        ('"><img src=x>.pdf', "___img src=x_.pdf"),
        ("长" * 300, "长" * NAME_MAX_CHARACTERS + ".pdf"),
    ],
)
def test_shown_name_keeps_words_and_nothing_else(sent: str, shown: str) -> None:
    assert shown_name(sent, ProofKind.PDF) == shown
