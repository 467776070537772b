"""`python -m assistant.setup.prepare database|index`: one preparation in a process of its own.

The launcher starts it so: what the work needs in memory is given back, and it can be interrupted.
"""

from __future__ import annotations

import sys

from assistant.settings import Settings, settings
from knowledge_base.errors import TthcError


def database(given: Settings) -> None:
    from assistant.migrate import upgrade

    upgrade(given.database)


def index(given: Settings) -> None:
    from assistant.knowledge import prepare_index

    prepare_index(given)


STEPS = {"database": database, "index": index}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(f"usage: python -m assistant.setup.prepare {'|'.join(STEPS)}")
    try:
        STEPS[sys.argv[1]](settings())
    except TthcError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
