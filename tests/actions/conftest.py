"""Search over the curated records, as the project ships them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import StaticEncoder
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.search import ProcedureSearch


@pytest.fixture(scope="session")
def curated_search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcedureSearch]:
    room = tmp_path_factory.mktemp("curated")
    index = EdgeIndex(room / "index")
    yield ProcedureSearch(Catalogue.load(room), index, StaticEncoder())
    index.close()
