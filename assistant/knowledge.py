"""The knowledge base of this process: catalogue, encoder and index, taken up anew when another process renews them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog

from assistant.settings import Settings
from knowledge_base.catalogue import Catalogue
from knowledge_base.curated import FOLDER as CURATED
from knowledge_base.encoder import Encoder, open_encoder
from knowledge_base.errors import ErrorCode, Unavailable
from knowledge_base.index.port import VectorIndex
from knowledge_base.phrasings import FOLDER as PHRASINGS
from knowledge_base.search import ProcedureSearch

log = structlog.get_logger()
LOOK_EVERY_S = 5.0
TRY_AGAIN_S = 60.0  # after a renewal that failed
LEAVE_AFTER_S = 30.0  # longer than a turn may wait for Rasa, so longer than any question takes


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
    """Gives the current search to each turn.

    A renewed catalogue, encoder, curated record or phrasing is opened, and indexed where needed, in a thread beside
    the search in use, which answers until the new one stands.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._search: ProcedureSearch | None = None
        self._marks: tuple[float, ...] = ()
        self._look_at = 0.0
        self._renewing: threading.Thread | None = None
        self._leaving: list[tuple[threading.Timer, VectorIndex]] = []
        self._closed = False

    def search(self) -> ProcedureSearch:
        """The search to use now.  Raises `Unavailable(SEARCH_DOWN)` when there is none."""
        with self._lock:
            if self._search is None:
                self._open_first()
            elif not self._renewing and time.monotonic() >= self._look_at:
                self._look_at = time.monotonic() + LOOK_EVERY_S
                marks = self._present()
                if marks != self._marks:
                    self._renewing = threading.Thread(target=self._renew, args=(marks,), name="renewal", daemon=True)
                    self._renewing.start()
            if self._search is None:
                raise Unavailable(ErrorCode.SEARCH_DOWN, "no search could be opened")
            return self._search

    def _open_first(self) -> None:
        """In the caller's time; after a failure not at every question again."""
        if not self._closed and time.monotonic() >= self._look_at:
            self._marks = self._present()
            self._search = self._open()
            self._look_at = time.monotonic() + LOOK_EVERY_S

    def _renew(self, marks: tuple[float, ...]) -> None:
        fresh = self._open()
        with self._lock:
            self._renewing = None
            if fresh is None:
                self._look_at = time.monotonic() + TRY_AGAIN_S
                return
            if self._closed:
                fresh.index.close()
                return
            if self._search is not None:
                self._leave(self._search.index)
            self._search, self._marks = fresh, marks
        log.info("catalogue renewed", procedures=len(fresh))

    def _open(self) -> ProcedureSearch | None:
        try:
            return open_search(self._settings)
        except Unavailable as error:
            log.error("search not opened", detail=error.detail)
        except Exception:
            log.exception("search not opened")
        return None

    def _leave(self, index: VectorIndex) -> None:
        """Closes a replaced index when no question can be under way in it any more."""
        self._leaving = [(timer, old) for timer, old in self._leaving if timer.is_alive()]
        timer = threading.Timer(LEAVE_AFTER_S, index.close)
        timer.daemon = True
        timer.start()
        self._leaving.append((timer, index))

    def _present(self) -> tuple[float, ...]:
        """When each thing that a search is made of was last changed."""
        data = self._settings.data_dir
        files = [data / "catalogue" / "manifest.json", data / "encoder" / "tthc.json"]
        return (*map(_mark, files), _newest(CURATED), _newest(PHRASINGS))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._search is not None:
                self._search.index.close()
                self._search = None
            for timer, index in self._leaving:
                if timer.is_alive():
                    timer.cancel()
                    index.close()
            self._leaving = []


def _newest(folder: Path) -> float:
    """The last change of what lies in `folder`; a file put there or taken away changes the folder it was in."""
    return max(map(_mark, [folder, *folder.rglob("*")]))


def _mark(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
