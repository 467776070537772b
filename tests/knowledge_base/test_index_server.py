"""A Qdrant server: what happens when it does not answer, and what a switch leaves behind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
from qdrant_client import QdrantClient

from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.port import Point, Probe
from knowledge_base.index.server import ServerIndex
from knowledge_base.index.views import NAME

POINTS = [Point(i, f"9.00000{i}", NAME, [1.0, float(i)], {i + 1: 1.0}) for i in range(4)]
PROBE = Probe(NAME, 1, sparse={3: 1.0})


# qdrant-client asks a server for its version in a thread and warns when there is no answer; we say so ourselves
@pytest.mark.filterwarnings("ignore:Failed to obtain server version:UserWarning")
def test_no_server() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with pytest.raises(Unavailable) as caught:
            ServerIndex.connect(f"http://127.0.0.1:{closed.getsockname()[1]}")
        for thread in threading.enumerate():
            if "_check_compatibility" in thread.name:
                thread.join()
    assert caught.value.code is ErrorCode.SEARCH_DOWN


CALLS: dict[str, Callable[[ServerIndex], object]] = {
    "ask": lambda index: index.ask([PROBE]),
    "count": lambda index: index.count(),
    "refresh": lambda index: index.refresh(),
    "rebuild": lambda index: index.rebuild(POINTS, 2, "bb22"),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_went_away(call: str) -> None:
    index = ServerIndex(QdrantClient(":memory:"))
    index.rebuild(POINTS, 2, "aa11")
    index.client.close()
    with pytest.raises(Unavailable) as caught:
        CALLS[call](index)
    assert caught.value.code is ErrorCode.SEARCH_DOWN


def test_two_aliases_share_a_server() -> None:
    client = QdrantClient(":memory:")
    one, other = ServerIndex(client), ServerIndex(client, alias="trial")
    one.rebuild(POINTS, 2, "aa11")
    other.rebuild(POINTS[:2], 2, "aa11")
    assert (one.count(), other.count()) == (4, 2)
    one.rebuild(POINTS[:3], 2, "bb22")
    assert sorted(found.name for found in client.get_collections().collections) == ["trial-aa11", "tthc-bb22"]
    client.close()


def test_a_reader_of_the_replaced_collection_goes_on() -> None:
    """Another machine has switched and deleted the collection this one reads."""
    client = QdrantClient(":memory:")
    writer = ServerIndex(client)
    writer.rebuild(POINTS, 2, "aa11")
    reader = ServerIndex(client)
    writer.rebuild(POINTS[:3], 2, "bb22")
    assert reader.ask([PROBE])[0][0].code == "9.000002"
    assert reader.stamp() == "aa11"
    assert reader.refresh()
    assert (reader.stamp(), reader.count()) == ("bb22", 3)
    client.close()
