"""Each hostile kind of file is refused, and what is kept says no more than its pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pyhanko.pdf_utils import generic

from learning.actions import proof_contents
from learning.actions.proof_contents import NotTaken, judge
from learning.rules.proofs import ProofKind, ProofRefusal
from tests.factories import proofs
from tests.factories.proofs import Name, action


def refusal(content: bytes) -> ProofRefusal:
    with pytest.raises(NotTaken) as refused:
        judge(content)
    return refused.value.reason


def test_judge_keeps_a_pdf_byte_for_byte() -> None:
    sent = proofs.pdf(3)

    sound = judge(sent)

    assert (sound.kind, sound.content) == (ProofKind.PDF, sent)
    assert sound.digest == sound.sent_digest


def test_judge_draws_a_photograph_anew_upright_and_silent() -> None:
    sound = judge(proofs.photograph())

    kept = Image.open(io.BytesIO(sound.content))
    assert (sound.kind, kept.size) == (ProofKind.JPEG, (30, 40))
    assert not kept.getexif()
    assert b"SECRET" not in sound.content
    assert sound.digest != sound.sent_digest


def test_judge_leaves_behind_what_hangs_on_a_picture() -> None:
    sound = judge(proofs.picture() + b"<script>alert(1)</script>PK\x03\x04")

    assert sound.kind == ProofKind.PNG
    assert b"script" not in sound.content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_judge_takes_every_mode_of_png(mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (20, 10)).save(written, "PNG")

    assert Image.open(io.BytesIO(judge(written.getvalue()).content)).size == (20, 10)


def test_judge_makes_a_large_picture_smaller(settings: object) -> None:
    settings.PROOF_SIDE_MAX_PX = 100  # type: ignore[attr-defined]

    assert Image.open(io.BytesIO(judge(proofs.picture(size=(400, 200))).content)).size == (100, 50)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ProofRefusal.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", ProofRefusal.UNKNOWN_KIND),
        (b"<html><script>1</script>", ProofRefusal.UNKNOWN_KIND),
        (b"PK\x03\x04" + b"0" * 99, ProofRefusal.UNKNOWN_KIND),
        (b"<script>1</script>" + proofs.pdf(), ProofRefusal.UNKNOWN_KIND),
        (proofs.pdf() + b"PK\x03\x04" + b"0" * 99, ProofRefusal.UNREADABLE),
        (b"%PDF-1.7\n<script>1</script>\n%%EOF", ProofRefusal.UNREADABLE),
        (proofs.pdf()[:-200] + b"%%EOF", ProofRefusal.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n<script>1</script>", ProofRefusal.UNREADABLE),
        (b"\xff\xd8\xff" + b"0" * 99, ProofRefusal.UNREADABLE),
        (proofs.picture("PNG")[:40], ProofRefusal.UNREADABLE),
        (proofs.flood(), ProofRefusal.TOO_MANY_PIXELS),
        (proofs.pdf(0), ProofRefusal.UNREADABLE),
        (proofs.pdf(51), ProofRefusal.TOO_MANY_PAGES),
        (proofs.pdf(password="secret"), ProofRefusal.ENCRYPTED),
        (proofs.pdf(password=" "), ProofRefusal.ENCRYPTED),
    ],
    ids=lambda value: value.value if isinstance(value, ProofRefusal) else "",
)
def test_judge_refuses(content: bytes, reason: ProofRefusal) -> None:
    assert refusal(content) == reason


@pytest.mark.parametrize(
    "root",
    [
        {"/OpenAction": action("/JavaScript", JS=generic.pdf_string("app.alert(1)"))},
        {"/OpenAction": action("/Launch", F=generic.pdf_string("calc.exe"))},
        {"/OpenAction": action("/URI", Next=action("/SubmitForm"))},
        {"/AA": generic.DictionaryObject()},
        {"/Names": generic.DictionaryObject({Name("/EmbeddedFiles"): generic.DictionaryObject()})},
        {"/AcroForm": generic.DictionaryObject({Name("/XFA"): generic.ArrayObject()})},
        {"/Extra": generic.ArrayObject([generic.DictionaryObject({Name("/Subtype"): Name("/FileAttachment")})])},
    ],
    ids=["script", "launch", "next", "trigger", "attachment", "xfa", "annotation"],
)
def test_judge_refuses_a_pdf_that_does_something(root: dict[str, object]) -> None:
    assert refusal(proofs.pdf(root=root)) == ProofRefusal.ACTIVE


def test_judge_reads_names_written_in_numbers() -> None:
    sent = proofs.pdf(root={"/OpenAction": action("/Abcdefghi")})

    assert refusal(sent.replace(b"/Abcdefghi", b"/L#61unch ")) == ProofRefusal.ACTIVE


def test_judge_counts_pages_itself() -> None:
    sent = proofs.pdf(60)

    assert refusal(sent.replace(b"/Count 60", b"/Count 01")) == ProofRefusal.TOO_MANY_PAGES


def test_judge_refuses_what_is_too_large_before_it_reads(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROOF_FILE_MAX_BYTES = 10  # type: ignore[attr-defined]
    monkeypatch.setattr(proof_contents, "_read", lambda *_args: pytest.fail("was read"))

    assert refusal(proofs.picture()) == ProofRefusal.TOO_LARGE


def test_judge_ends_a_reader_that_takes_too_long(settings: object) -> None:
    settings.PROOF_READING_S = 0.01  # type: ignore[attr-defined]

    assert refusal(proofs.pdf()) == ProofRefusal.UNREADABLE


def test_judge_ends_a_reader_that_takes_too_much_space(settings: object) -> None:
    settings.PROOF_READING_BYTES = 40 << 20  # type: ignore[attr-defined]

    assert refusal(proofs.picture(size=(8_000, 7_000))) == ProofRefusal.UNREADABLE
