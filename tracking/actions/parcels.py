"""Parcels: statements packed into requests, and what one request's refusal means for each session.

A store takes a request whole or not at all, so a refusal is narrowed down until it names its
session: one bad statement must not hold back the others. Knows no rows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracking.actions.record_store import Conflict, RecordStore, Refused, TooLarge
from tracking.actions.statements import Told
from tracking.rules.statements import Statement

MAX_STATEMENTS: Final = 50
MAX_BYTES: Final = 524_288


@dataclass(frozen=True, slots=True)
class Item:
    """One statement as it is sent."""

    session_id: int
    index: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request, and the sessions told to their end with it."""

    items: Sequence[Item]
    ended: frozenset[int]


@dataclass(slots=True)
class Delivery:
    """What has arrived, by session: how many statements, or the store's words of refusal."""

    told_count: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def as_json(statement: Statement) -> bytes:
    """Return a statement's one form: the same bytes each time."""
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def packed(stream: Iterable[Told]) -> Iterator[Parcel]:
    """Pack statements in their order; one larger than a parcel goes alone."""
    items: list[Item] = []
    ended: set[int] = set()
    size_bytes = 0
    last_id: int | None = None
    for told in stream:
        item = Item(told.session_id, told.index, as_json(told.statement))
        if last_id is not None and last_id != item.session_id:
            ended.add(last_id)
        if items and (len(items) == MAX_STATEMENTS or size_bytes + len(item.body) > MAX_BYTES):
            yield Parcel(items, frozenset(ended))
            items, ended, size_bytes = [], set(), 0
        items.append(item)
        size_bytes += len(item.body)
        last_id = item.session_id
    if last_id is not None:
        yield Parcel(items, frozenset(ended | {last_id}))


def deliver(store: RecordStore, items: Sequence[Item], delivery: Delivery) -> None:
    """Send items and note what arrived. What a refused session has left is not sent.

    Raises: Unavailable; `delivery` then says what did arrive.
    """
    items = [item for item in items if item.session_id not in delivery.refused]
    if not items:
        return
    try:
        store.post([item.body for item in items])
    except Conflict:
        if len(items) > 1:
            # One known id may have turned the whole request away.
            for item in items:
                deliver(store, [item], delivery)
            return
    except Refused as refusal:
        smaller = _smaller(items, refusal)
        if len(smaller) == 1:
            delivery.refused[items[0].session_id] = str(refusal)
            return
        for part in smaller:
            deliver(store, part, delivery)
        return
    for item in items:
        delivery.told_count[item.session_id] = item.index + 1


def _smaller(items: Sequence[Item], refusal: Refused) -> list[Sequence[Item]]:
    """Return the parts in which refused items are tried again; one part when nothing is left to try."""
    if isinstance(refusal, TooLarge) and len(items) > 1:
        middle = len(items) // 2
        return [items[:middle], items[middle:]]
    session_ids = dict.fromkeys(item.session_id for item in items)
    return [[item for item in items if item.session_id == session_id] for session_id in session_ids]
