"""A Qdrant server or cluster through qdrant-client; `QdrantClient(":memory:")` stands in for it in tests.

Each rebuild fills a new collection; an alias is switched at the end, so readers never see half an index.  They ask
through the alias: what another machine has switched to answers them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from qdrant_client import QdrantClient, models

from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.port import Hit, Point, Probe, dense_name, sparse_name
from knowledge_base.index.views import DENSE_VIEWS, SPARSE_VIEWS

BATCH = 500
ALIAS = "tthc"


class ServerIndex:
    """`VectorIndex` on a Qdrant server.

    The stamp lives in the collection's name, so that every machine reads the same one.
    """

    def __init__(self, client: QdrantClient, alias: str = ALIAS) -> None:
        self.client = client
        self.alias = alias
        self._collection = self._find()

    @classmethod
    def connect(cls, url: str, api_key: str = "", timeout_s: int = 5) -> ServerIndex:
        try:
            return cls(QdrantClient(url=url, api_key=api_key or None, timeout=timeout_s))
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant at {url}: {error!r}") from error

    def _find(self) -> str:
        try:
            aliases = self.client.get_aliases().aliases
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant: {error!r}") from error
        for alias in aliases:
            if alias.alias_name == self.alias:
                return str(alias.collection_name)
        return ""

    def rebuild(self, points: Iterable[Point], dimension: int, stamp: str) -> None:
        name = f"{self.alias}-{re.sub('[^0-9a-zA-Z]', '', stamp)}"
        try:
            self._fill(name, points, dimension)
            self._switch(name)
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant: {error!r}") from error

    def _fill(self, name: str, points: Iterable[Point], dimension: int) -> None:
        if self.client.collection_exists(name):
            self.client.delete_collection(name)
        self.client.create_collection(
            name,
            vectors_config={
                dense_name(v): models.VectorParams(size=dimension, distance=models.Distance.COSINE)
                for v in DENSE_VIEWS
            },
            sparse_vectors_config={sparse_name(v): models.SparseVectorParams() for v in SPARSE_VIEWS},
        )
        batch: list[models.PointStruct] = []
        for point in points:
            batch.append(_point(point))
            if len(batch) == BATCH:
                self.client.upsert(name, batch, wait=True)
                batch = []
        if batch:
            self.client.upsert(name, batch, wait=True)

    def _switch(self, name: str) -> None:
        old = self._find()
        actions: list[Any] = []
        if old:
            actions.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self.alias)))
        actions.append(
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=name, alias_name=self.alias)
            )
        )
        self.client.update_collection_aliases(change_aliases_operations=actions)
        self._collection = name
        if old and old != name:
            self.client.delete_collection(old)

    def stamp(self) -> str:
        return self._collection.removeprefix(f"{self.alias}-")

    def refresh(self) -> bool:
        found = self._find()
        changed = found != self._collection
        self._collection = found
        return changed

    def ask(self, probes: Sequence[Probe]) -> list[list[Hit]]:
        if not self._collection:
            raise Unavailable(ErrorCode.SEARCH_DOWN, "no collection behind the alias")
        try:
            answers = self.client.query_batch_points(self.alias, [_request(probe) for probe in probes])
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant: {error!r}") from error
        return [[Hit(int(p.id), p.payload["code"], p.score) for p in answer.points] for answer in answers]

    def count(self) -> int:
        if not self._collection:
            return 0
        try:
            return int(self.client.count(self.alias).count)
        except Exception as error:
            raise Unavailable(ErrorCode.SEARCH_DOWN, f"Qdrant: {error!r}") from error

    def close(self) -> None:
        self.client.close()


def _point(point: Point) -> models.PointStruct:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[dense_name(point.view)] = list(point.dense)
    if point.sparse:
        vectors[sparse_name(point.view)] = models.SparseVector(
            indices=list(point.sparse), values=list(point.sparse.values())
        )
    return models.PointStruct(id=point.id, vector=vectors, payload={"code": point.code, "view": point.view})


def _request(probe: Probe) -> models.QueryRequest:
    query: Any
    if probe.dense is not None:
        query, using = list(probe.dense), dense_name(probe.view)
    else:
        sparse = probe.sparse or {}
        query = models.SparseVector(indices=list(sparse), values=list(sparse.values()))
        using = sparse_name(probe.view)
    return models.QueryRequest(query=query, using=using, limit=probe.limit, with_payload=["code"])
