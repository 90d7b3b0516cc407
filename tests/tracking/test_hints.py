"""Hints from the channel layer: one ear for all, and no more of the layer's connections than it has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tracking import access


class Layer:
    """A channel layer that notes how many speak to it at once."""

    def __init__(self) -> None:
        self.channels: list[str] = []
        self.at_once = self.most_at_once = 0
        self.heard_by: dict[str, str] = {}
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def new_channel(self) -> str:
        await asyncio.sleep(0)
        self.channels.append(f"ear{len(self.channels)}")
        return self.channels[-1]

    async def group_add(self, group: str, channel: str) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.heard_by[group] = channel

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self.messages.put(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.messages.get()


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(access, "get_channel_layer", lambda: layer)
    return layer


async def test_storm_is_heard_by_one_ear_and_takes_few_connections(layer: Layer) -> None:
    async def hear(message: Mapping[str, Any]) -> None:
        raise AssertionError(message)

    hints = access.Hints(hear)

    await asyncio.gather(*(hints.listen_for(person_id, taken_at=None) for person_id in range(300)))
    await hints.close()

    assert layer.channels == ["ear0"]
    assert set(layer.heard_by.values()) == {"ear0"}
    assert len(layer.heard_by) == 300
    assert 1 < layer.most_at_once <= 16


async def test_the_ear_stays_with_the_layer_that_made_its_channel(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    hints = access.Hints(heard.put)
    # Another thread asked for the layer at the same time, and what it was given stays.
    given = iter([layer])
    monkeypatch.setattr(access, "get_channel_layer", lambda: next(given, None) or Layer())

    await hints.listen_for(1, taken_at=None)
    await layer.send("ear0", {"type": "viewing.superseded"})

    assert await asyncio.wait_for(heard.get(), 20) == {"type": "viewing.superseded"}
    await hints.close()
    assert layer.messages.empty()
