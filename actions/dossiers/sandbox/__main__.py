"""`python -m actions.dossiers.sandbox --port 8010`: the sandbox on this machine."""

from __future__ import annotations

import argparse
import datetime as dt
import os

import uvicorn

from actions.dossiers.sandbox.app import FaultMode, Faults, create_app
from actions.dossiers.sandbox.data import DEFAULT_SEED


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m actions.dossiers.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--today", type=dt.date.fromisoformat, help="YYYY-MM-DD; left out: the present day in Hanoi")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--fault", type=FaultMode, choices=list(FaultMode), help="every look-up goes wrong like this")
    given = parser.parse_args()
    app = create_app(given.today, given.seed, Faults(given.fault), os.environ.get("TTHC_DOSSIER_PASSWORD", ""))
    uvicorn.run(app, host=given.host, port=given.port, ws="none", log_level="warning")


if __name__ == "__main__":
    main()
