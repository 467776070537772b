"""How search costs grow with the catalogue: `python -m tests.benchmarks.search [PROCEDURES ...]`.

The catalogue in use (data directory, else the curated records) is repeated under new codes, with a word changed, up to
each size.  Printed for each: points, seconds to build the index, milliseconds of a query (p50, p95), memory.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from assistant.settings import settings
from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import open_encoder
from knowledge_base.index.edge import EdgeIndex
from knowledge_base.procedure import Procedure
from knowledge_base.search import ProcedureSearch

SIZES = (500, 2_600, 5_700)
QUERIES = 300


def of_size(procedures: list[Procedure], size: int) -> list[Procedure]:
    found = []
    for number in range(size):
        original = procedures[number % len(procedures)]
        turn = number // len(procedures)
        name = original.name if turn == 0 else f"{original.name} dạng {turn}"
        found.append(original.model_copy(update={"code": f"9.{number:06d}", "name": name}))
    return found


def measure(size: int) -> None:
    catalogue = of_size(list(Catalogue.load(settings().data_dir)), size)
    encoder = open_encoder(settings().encoder, settings().data_dir)
    asked = [random.Random(number).choice(p.phrasings or [p.name]) for number, p in enumerate(catalogue)]
    with tempfile.TemporaryDirectory() as room:
        started = time.perf_counter()
        search = ProcedureSearch(catalogue, EdgeIndex(Path(room)), encoder)
        built = time.perf_counter() - started
        times = []
        for question in random.Random(1).choices(asked, k=QUERIES):
            before = time.perf_counter()
            search.search(question)
            times.append((time.perf_counter() - before) * 1000)
        times.sort()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:>7,} procedures  {search.index.count():>8,} points  built in {built:6.1f} s  "
            f"query p50 {times[len(times) // 2]:5.2f} ms  p95 {times[int(len(times) * 0.95)]:5.2f} ms  "
            f"{memory:6.0f} MiB"
        )
        search.index.close()


if __name__ == "__main__":
    for wanted in [int(argument) for argument in sys.argv[1:]] or SIZES:
        measure(wanted)
