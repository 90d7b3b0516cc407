"""Sending files with an application, without a script, and who may open them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from learning.actions import waivers
from learning.models import AuditLogEntry, Evidence, Person, ProofDraft, ProofFile
from learning.rules.credit_states import State
from learning.rules.reasons import WaiverReason
from tests.factories import learning as make
from tests.factories import proofs
from tests.factories.waivers import NOON, Bureau, leave

pytestmark = pytest.mark.django_db
PAGE = "/me/2026/waiver/"
SAID = {
    "ground": "parental",
    "from_on": "2026-02-01",
    "to_on": "2026-04-30",
    "document": "人〔2026〕7号",
    "note": "请查",
}


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def bureau(db: None) -> Bureau:
    return Bureau()


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def file(name: str = "假条.png", content: bytes | None = None, said: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or proofs.picture(), said)


def send(client: Client, do: str = "attach", *files: SimpleUploadedFile, **said: object) -> Any:
    """Send the form as the page has it: the words, the files, and those that were attached before."""
    known = [str(pk) for pk in ProofDraft.objects.values_list("pk", flat=True)]
    with translation.override("en"):
        address = reverse("learning:waiver", args=[2026])
        return client.post(address, {**SAID, "do": do, "proofs": list(files), "proof": known, **said})


def handed_in(person: Person) -> ProofFile:
    draft = proofs.draft(person)
    said = waivers.Asked(leave().absence, "假条", proofs=[draft.pk])
    return waivers.ask(person=person, year=2026, asked=said, now=NOON).proofs.get()


def test_a_file_is_attached_listed_and_handed_in(bureau: Bureau, ada: Person) -> None:
    client = signed_in(ada)

    page = send(client, "attach", file("我的假条.jpeg", proofs.photograph()))
    assert page.status_code == 200
    assert "我的假条.jpg" in page.text
    assert "1 file is attached. The bureau has it once you hand it in" in page.text
    assert not Evidence.objects.exists()
    answer = send(client, "ask", file("派遣函.pdf", proofs.pdf(), "application/pdf"))

    assert answer.status_code == 302
    assert [proof.title for proof in Evidence.objects.get().proofs.all()] == ["我的假条.jpg", "派遣函.pdf"]
    assert "派遣函.pdf" in client.get(PAGE).text


def test_a_refused_file_loses_neither_words_nor_other_files(bureau: Bureau, ada: Person) -> None:
    client = signed_in(ada)

    page = send(
        client,
        "ask",
        file("好.png"),
        file("坏.png", b"<svg><script>1</script></svg>"),
        file("锁.pdf", proofs.pdf(password="x")),
    )

    assert page.status_code == 422
    assert not Evidence.objects.exists()
    assert "2 files were not attached" in page.text
    assert "is attached. The bureau has" not in page.text
    assert "neither a PDF nor a JPEG or PNG" in page.text
    assert "locked with a password" in page.text
    assert 'value="人〔2026〕7号"' in page.text
    assert "请查</textarea>" in page.text
    assert [draft.title for draft in ProofDraft.objects.all()] == ["好.png"]
    assert "好.png" in page.text


def test_a_file_too_large_is_not_stored_and_the_rest_is(bureau: Bureau, ada: Person, settings: object) -> None:
    settings.PROOF_FILE_MAX_BYTES = 100_000  # type: ignore[attr-defined]

    page = send(
        signed_in(ada),
        "ask",
        file("好.png"),
        file("大.pdf", b"%PDF-1.7\n" + b"0" * 300_000),
        file("二.pdf", proofs.pdf()),
    )

    assert page.status_code == 422
    assert "大.pdf" in page.text
    assert "larger than 97.7" in page.text
    assert [draft.title for draft in ProofDraft.objects.all()] == ["好.png", "二.pdf"]
    assert 'value="人〔2026〕7号"' in page.text


def test_more_files_than_are_taken_are_left_out(bureau: Bureau, ada: Person, settings: object) -> None:
    settings.PROOF_FILES_MAX = 2  # type: ignore[attr-defined]
    files = [file(f"{colour}.png", proofs.picture(colour=colour)) for colour in ("red", "blue", "green", "black")]

    page = send(signed_in(ada), "attach", *files)

    assert "2 files were not attached" in page.text
    assert [draft.title for draft in ProofDraft.objects.all()] == ["red.png", "blue.png"]


def test_a_file_is_removed_before_it_is_handed_in(bureau: Bureau, ada: Person) -> None:
    client = signed_in(ada)
    send(client, "attach", file())

    page = send(client, "", remove=str(ProofDraft.objects.get().pk))

    assert page.status_code == 200
    assert not ProofDraft.objects.exists()
    assert "No file is attached now. What you typed is kept." in page.text
    assert 'value="人〔2026〕7号"' in page.text


def test_files_that_changed_meanwhile_are_shown_once_more(bureau: Bureau, ada: Person) -> None:
    client = signed_in(ada)
    send(client, "attach", file())
    other = proofs.draft(ada, proofs.pdf())

    page = client.post(f"/en{PAGE}", {**SAID, "proof": [str(ProofDraft.objects.exclude(pk=other.pk).get().pk)]})

    assert page.status_code == 422
    assert "no longer those you saw" in page.text
    assert not Evidence.objects.exists()


def test_too_many_files_in_an_hour_are_not_read(bureau: Bureau, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learning.views.proof_uploads.MOST", 0)

    page = send(signed_in(ada), "attach", file())

    assert "Wait an hour" in page.text
    assert not ProofDraft.objects.exists()


def test_a_form_with_files_needs_its_token(bureau: Bureau, ada: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(PAGE, {**SAID, "proofs": [file()]}).status_code == 403
    assert not ProofDraft.objects.exists()
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get(PAGE).text)
    assert token
    assert client.post(PAGE, {**SAID, "proofs": [file()], "csrfmiddlewaretoken": token[1]}).status_code == 302
    assert ProofFile.objects.count() == 1


def test_a_returned_waiver_is_answered_with_a_file(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=(WaiverReason.DAYS.value, ""), now=NOON, seen=0)
    client = signed_in(ada)

    page = send(client, "attach", file("坏.png", b"GIF89a"), asked=asked.pk, reason_text="已补证明")
    assert page.status_code == 422
    assert "已补证明</textarea>" in page.text
    send(client, "answer", file(), asked=asked.pk, reason_text="已补证明")

    assert set(asked.credit_entries.values_list("standing__state", flat=True)) == {State.EARNED}
    assert asked.proofs.get().title == "假条.png"


def test_a_waiver_nobody_checked_yet_takes_more_files_and_a_checked_one_none(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    client = signed_in(ada)
    send(client, "attach", file(), asked=asked.pk)
    send(client, "add", asked=asked.pk)
    assert asked.proofs.count() == 1
    waivers.check(asked=asked, by=bureau.first, reason_text="", now=NOON, seen=0)

    answer = send(client, "add", file("二.pdf", proofs.pdf()), asked=asked.pk)

    assert (answer.status_code, asked.proofs.count(), ProofDraft.objects.count()) == (302, 1, 0)


def test_nobody_sends_files_for_another(bureau: Bureau, ada: Person, cy: Person) -> None:
    asked = bureau.asked(ada)

    assert send(signed_in(cy), "attach", file(), asked=asked.pk).status_code == 404
    assert not ProofDraft.objects.exists()


@pytest.mark.parametrize(
    ("content", "kind", "place"),
    [(None, "image/png", "inline"), (proofs.pdf(), "application/pdf", "attachment")],
    ids=["png", "pdf"],
)
def test_a_file_is_served_as_what_it_is_and_runs_nothing(
    content: bytes | None, kind: str, place: str, bureau: Bureau, ada: Person
) -> None:
    send(signed_in(ada), "ask", file("假条.html", content, "text/html"))
    proof = ProofFile.objects.get()

    answer = signed_in(ada).get(f"/waivers/proofs/{proof.pk}/")

    assert answer.content == (proofs.pdf() if content is None else content) or kind == "image/png"
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith(place)
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_an_officer_s_reading_is_written_down_and_the_learner_s_is_not(bureau: Bureau, ada: Person) -> None:
    proof = handed_in(ada)
    signed_in(ada).get(f"/waivers/proofs/{proof.pk}/")
    assert not AuditLogEntry.objects.filter(action="proof.read").exists()

    signed_in(bureau.second).get(f"/waivers/proofs/{proof.pk}/")

    line = AuditLogEntry.objects.get(action="proof.read")
    assert (line.actor, line.organisation, line.facts["digest"]) == (bureau.second, bureau.office, proof.digest)


def test_another_bureau_s_officer_finds_no_such_file(bureau: Bureau, ada: Person, cy: Person) -> None:
    proof = handed_in(ada)
    other = make.PersonFactory(title_level="")
    make.MembershipFactory(person=other, organisation=make.BureauFactory(region=make.lankao()), role="officer")

    found = [signed_in(who).get(f"/waivers/proofs/{proof.pk}/").status_code for who in (other, cy)]

    assert found == [404, 404]
    assert Client().get(f"/waivers/proofs/{proof.pk}/").status_code == 302
    assert not AuditLogEntry.objects.filter(action="proof.read").exists()


def test_a_file_that_was_swapped_is_served_to_nobody(bureau: Bureau, ada: Person, media: Path) -> None:
    proof = handed_in(ada)
    (media / proof.name).write_bytes(b"<script>")

    assert signed_in(ada).get(f"/waivers/proofs/{proof.pk}/").status_code == 404


def test_the_officer_sees_the_files_and_who_else_sent_the_very_same(bureau: Bureau, ada: Person, cy: Person) -> None:
    handed_in(cy)
    proof = handed_in(ada)

    page = signed_in(bureau.first).get(f"/en/bureau/waivers/{proof.asked_id}/").text

    assert f"/waivers/proofs/{proof.pk}/" in page
    assert "The very same file" in page
    assert "Cy" in page
    assert 'name="proofs" value="1"' in page


def test_of_the_same_file_at_another_bureau_only_the_fact_is_told(bureau: Bureau, ada: Person, cy: Person) -> None:
    make.BureauFactory(region=make.lankao())
    cy.region = make.lankao()
    cy.save()
    handed_in(cy)
    proof = handed_in(ada)

    page = signed_in(bureau.first).get(f"/en/bureau/waivers/{proof.asked_id}/").text

    assert "1 application to another bureau" in page
    assert cy.full_name not in page
    assert "Cy" not in page


def test_an_officer_checks_only_the_files_they_saw(bureau: Bureau, ada: Person) -> None:
    proof = handed_in(ada)
    case = f"/bureau/waivers/{proof.asked_id}/"

    signed_in(bureau.first).post(case, {"do": "check", "seen": "0", "proofs": "0"})
    assert set(proof.asked.credit_entries.values_list("standing__state", flat=True)) == {State.EARNED}
    signed_in(bureau.first).post(case, {"do": "check", "seen": "0", "proofs": "1"})

    assert set(proof.asked.credit_entries.values_list("standing__state", flat=True)) == {State.AUDITED}


@pytest.mark.parametrize("is_officer", [False, True], ids=["learner", "officer"])
def test_the_page_asks_as_much_for_three_files_as_for_one(
    is_officer: bool, bureau: Bureau, ada: Person, django_assert_num_queries: Any
) -> None:
    asked = handed_in(ada).asked
    client = signed_in(bureau.first if is_officer else ada)
    address = f"/bureau/waivers/{asked.pk}/" if is_officer else PAGE
    client.get(address)
    with django_assert_num_queries(12 if is_officer else 14) as one:
        client.get(address)
    more = [proofs.draft(ada, proofs.picture(colour=colour), asked=asked).pk for colour in ("red", "blue")]
    waivers.add_proofs(asked=asked, now=NOON, proofs=more)
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_an_answer_from_the_record_s_page_leads_to_the_files_that_wait(bureau: Bureau, ada: Person) -> None:
    asked = bureau.asked(ada)
    waivers.give_back(asked=asked, by=bureau.first, reason=(WaiverReason.PROOF, "请补盖章"), now=NOON, seen=0)
    proofs.draft(ada, asked=asked)
    entry = waivers.entries_of(asked)[0]

    answer = signed_in(ada).post(f"/me/hours/{entry.pk}/resubmit/", {"reason_text": "已补"})

    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert {row.standing.state for row in waivers.entries_of(asked)} == {State.RETURNED}
    assert ProofDraft.objects.count() == 1
