"""Check 1: every session's lines lead from its header to its head, and say what its row says."""

from tracking.audit.canonical import head_after, header_text, sha256_of_text
from tracking.audit.findings import Findings
from tracking.audit.learners import Learner, Sitting
from tracking.models import LiveViewing


def check(learner: Learner, findings: Findings) -> None:
    """Judge each session asked about."""
    for sitting in learner.asked_about:
        findings.looked_at("viewing sessions")
        findings.looked_at("viewing entries", len(sitting.lines))
        _check_chain(sitting, learner.live, findings)
        _check_opening(sitting, findings)
        _check_lines(sitting, findings)
        if sitting.row.ended_ms is not None:
            _check_end(sitting, findings)
        else:
            _check_running(sitting, findings)


def _check_chain(sitting: Sitting, live: LiveViewing | None, findings: Findings) -> None:
    row, lines = sitting.row, sitting.lines
    findings.require(
        sitting.name,
        "its header does not match its facts",
        holds=sha256_of_text(header_text(row)) == row.header_digest,
    )
    found = [line.line_index for line in lines]
    if found != list(range(len(lines))):
        findings.note(sitting.name, f"lines are missing or stand twice: {_odd_lines(found)}")
    if row.ended_ms is not None:
        head, count = bytes(row.head), row.line_count
    elif live is not None and live.session_id == row.pk:
        head, count = bytes(live.head), live.line_count
    else:
        findings.note(sitting.name, "runs, but on nobody's timeline")
        return
    findings.compare(sitting.name, "line_count", stored=count, expected=len(lines))
    last = len(lines) - 1
    findings.require(
        sitting.name, f"its lines 0 to {last} do not lead to its head", holds=head_after(row, lines) == head.hex()
    )


def _odd_lines(found: list[int]) -> str:
    odd = sorted(set(range(max(found, default=0) + 1)) ^ set(found)) or [at for at in found if found.count(at) > 1]
    return ", ".join(f"line {at}" for at in odd[:5])


def _check_opening(sitting: Sitting, findings: Findings) -> None:
    """Compare the first line with the terms it repeats: when, which media, how long, how fast."""
    row = sitting.row
    first = sitting.lines[0] if sitting.lines else None
    if first is None or first.kind != "open":
        findings.note(sitting.name, "its first line is no opening")
        return
    told = (first.start_ms, first.from_s, first.to_s, first.flags)
    expected = (row.opened_ms, row.lesson_id, row.duration_s, row.rate_percent)
    findings.compare(f"{sitting.name}, line 0", "opening (ms, media, length, rate)", stored=told, expected=expected)


def _check_lines(sitting: Sitting, findings: Findings) -> None:
    """No line lies outside the session or the media, or grants more than it covers."""
    row = sitting.row
    end_ms = row.ended_ms
    for line in sitting.lines:
        name = f"{sitting.name}, line {line.line_index}"
        is_check = line.kind in ("chk", "ans", "miss", "void")
        # A check may have been asked in the session before.
        starts_in_time = is_check or line.start_ms >= row.opened_ms
        ends_in_time = line.start_ms <= line.end_ms and (end_ms is None or line.end_ms <= end_ms)
        findings.require(name, "lies outside its session", holds=starts_in_time and ends_in_time)
        if line.kind in ("seg", "late"):
            is_inside = line.from_s <= line.to_s <= row.duration_s
            findings.require(name, "lies outside the media", holds=is_inside)
            findings.require(
                name, "grants more seconds than it covers", holds=not is_inside or line.new_s <= line.to_s - line.from_s
            )


def _check_running(sitting: Sitting, findings: Findings) -> None:
    """Hold what only an end may write to nothing."""
    row = sitting.row
    told = (row.end_reason, row.left_ms, row.new_s, row.line_count, bytes(row.head), row.sealed_ms)
    findings.compare(
        sitting.name, "what a running session says of its end", stored=told, expected=("", 0, 0, 0, b"", None)
    )


def _check_end(sitting: Sitting, findings: Findings) -> None:
    """Look for the one end, and add up again what it and the row say of the lines."""
    row = sitting.row
    new_s = sum(line.new_s for line in sitting.watched)
    if new_s != row.new_s:
        findings.note(sitting.name, f"{row.new_s} new seconds are stored, its lines hold {new_s}")
    ends = [line for line in sitting.lines if line.kind.startswith("end:")]
    if len(ends) != 1:
        findings.note(sitting.name, f"has {len(ends)} ends")
        return
    (end,) = ends
    name = f"{sitting.name}, line {end.line_index}"
    findings.compare(name, "end", stored=(end.kind, end.end_ms), expected=(f"end:{row.end_reason}", row.ended_ms))
    granted_s = sum(line.new_s for line in sitting.lines if line.kind == "seg")
    findings.compare(name, "new seconds of the whole session", stored=end.new_s, expected=granted_s)
    after = {line.kind for line in sitting.lines if line.line_index > end.line_index}
    findings.require(name, "is followed by more than late claims", holds=after <= {"late"})
    is_in_order = row.sealed_ms is None or row.sealed_ms >= (row.ended_ms or 0)
    findings.require(sitting.name, "was sealed before it ended", holds=is_in_order)
