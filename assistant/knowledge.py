"""The knowledge base of this process: catalogue, encoder and index, taken up anew when another process renews them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog

from assistant.settings import Settings
from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import Encoder, open_encoder
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.port import VectorIndex
from knowledge_base.search import ProcedureSearch

log = structlog.get_logger()
LOOK_EVERY_S = 5.0


def open_index(settings: Settings) -> VectorIndex:
    """The engine the settings name.  Raises `Unavailable(SEARCH_DOWN)` when a server does not answer."""
    if settings.qdrant_url:
        from knowledge_base.index.server import ServerIndex

        return ServerIndex.connect(settings.qdrant_url, settings.qdrant_api_key.get_secret_value())
    from knowledge_base.index.edge import EdgeIndex

    return EdgeIndex(settings.data_dir / "index")


def open_search(settings: Settings) -> ProcedureSearch:
    """Catalogue, encoder and index opened, the index built anew if it is stale."""
    catalogue = Catalogue.load(settings.data_dir)
    encoder: Encoder = open_encoder(settings.encoder, settings.data_dir)
    return ProcedureSearch(catalogue, open_index(settings), encoder)


def prepare_index(settings: Settings) -> bool:
    """Builds the index if it is stale; whether it did."""
    search = open_search(settings)
    rebuilt = search.rebuilt
    search.index.close()
    return rebuilt


class Knowledge:
    """Gives the current search to each turn.  A renewed catalogue or encoder is opened beside the one in use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._search: ProcedureSearch | None = None
        self._marks: tuple[float, ...] = ()
        self._looked = 0.0

    def search(self) -> ProcedureSearch:
        """The search to use now.  Raises `Unavailable(SEARCH_DOWN)` when there is none."""
        with self._lock:
            now = time.monotonic()
            if self._search is None or now - self._looked > LOOK_EVERY_S:
                self._looked = now
                self._take_up()
            if self._search is None:
                raise Unavailable(ErrorCode.SEARCH_DOWN, "no search could be opened")
            return self._search

    def _take_up(self) -> None:
        marks = tuple(_mark(path) for path in self._sources())
        if self._search is not None and marks == self._marks:
            return
        try:
            fresh = open_search(self._settings)
        except Unavailable as error:
            log.error("search not opened", detail=error.detail)
            return
        except Exception:
            log.exception("search not opened")
            return
        if self._search is not None:
            log.info("catalogue renewed", procedures=len(fresh))
        self._search, self._marks = fresh, marks

    def _sources(self) -> list[Path]:
        data = self._settings.data_dir
        return [data / "catalogue" / "manifest.json", data / "encoder" / "tthc.json"]

    def close(self) -> None:
        with self._lock:
            if self._search is not None:
                self._search.index.close()
                self._search = None


def _mark(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
