"""One day, one clock, and the ways to reach dossiers: the fake, and the adapter over the sandbox."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from actions.clock import HANOI, FixedClock
from actions.dossiers.breaker import CircuitBreaker
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.mapping import Mapping
from actions.dossiers.model import Dossier, DossierStatus
from actions.dossiers.national_portal import NationalPortal
from actions.dossiers.port import DossierSystem
from actions.dossiers.remote import RemoteSystem
from actions.dossiers.routing import RoutedSystems, load_routes
from actions.dossiers.sandbox.app import create_app
from actions.dossiers.sandbox.data import make_dossiers
from actions.dossiers.systems import KINDS

TODAY = dt.date(2026, 11, 18)  # a Wednesday
DOORS = {"portal": "", "igate": "igate/", "lgsp": "lgsp/", "ioc": "ioc/"}  # where the sandbox speaks each shape


def weekdays_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`, without holidays."""
    days = (start + dt.timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 for day in days)


@pytest.fixture
def today() -> dt.date:
    return TODAY


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime.combine(TODAY, dt.time(9, 30), HANOI))


@pytest.fixture
def working_days() -> Callable[[dt.date, dt.date], int]:
    return weekdays_between


@pytest.fixture
def at() -> Callable[..., dt.datetime]:
    """`at(18)` is 18 November 2026, 09:30 in Hanoi; `at(18, 17)` is 17:00."""

    def moment(day: int, hour: int = 9, minute: int | None = None) -> dt.datetime:
        return dt.datetime(2026, 11, day, hour, 30 if (hour, minute) == (9, None) else minute or 0, tzinfo=HANOI)

    return moment


@pytest.fixture
def make_dossier(at: Callable[..., dt.datetime]) -> Callable[..., Dossier]:
    def make(**changes: object) -> Dossier:
        fields: dict[str, object] = {
            "code": "H26.16-261110-0012",
            "procedure_code": "1.001193",
            "procedure_name": "Thủ tục đăng ký khai sinh",
            "owner_name": "Nguyễn Văn An",
            "proof_tails": ("1212", "9012"),
            "status": DossierStatus.PROCESSING,
            "status_raw": "4",
            "received_at": at(10),
            "due_at": at(25, 17),
            "as_of": at(18),
        }
        return Dossier.model_validate(fields | changes)

    return make


@pytest.fixture
def app() -> FastAPI:
    return create_app(TODAY)


@pytest.fixture
def make_system(app: FastAPI, clock: FixedClock) -> Callable[..., RemoteSystem]:
    """`make_system("igate")`: an adapter over the sandbox in process; keyword arguments go to the adapter."""

    def make(name: str, **changes: object) -> RemoteSystem:
        arguments: dict[str, object] = {
            "user": "sandbox",
            "password": "any",
            "agency": "H26",
            "clock": clock,
            "wait_s": 0.001,
            "transport": httpx.ASGITransport(app),
            "breaker": CircuitBreaker(failures=3, pause_s=30),
        }
        return KINDS[name](f"http://sandbox/{DOORS[name]}", **(arguments | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_portal(make_system: Callable[..., RemoteSystem]) -> Callable[..., RemoteSystem]:
    return lambda **changes: make_system("portal", **changes)


@pytest.fixture
async def portal(make_portal: Callable[..., NationalPortal]) -> AsyncIterator[NationalPortal]:
    async with make_portal() as made:
        yield made


@pytest.fixture
def sandbox_url(app: FastAPI) -> Iterator[str]:
    """The sandbox behind a real socket on the loopback address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
    started = threading.Event()
    thread = threading.Thread(target=lambda: (started.set(), server.run(sockets=[listener])))
    thread.start()
    started.wait()
    # the socket listens already: a first call waits in its queue until the server takes it
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=["fake", "portal", "igate", "lgsp", "ioc", "routed", "loopback"])
async def system(
    request: pytest.FixtureRequest, clock: FixedClock, make_system: Callable[..., RemoteSystem]
) -> AsyncIterator[DossierSystem]:
    """Every dossier system with the same dossiers."""
    made: DossierSystem
    if request.param == "fake":
        mapping = Mapping.load()
        records = make_dossiers(TODAY).values()
        made = FakeDossierSystem(mapping.dossier(record, clock.now()) for record in records)
    elif request.param == "routed":
        made = RoutedSystems({name: make_system(name) for name in KINDS}, load_routes())
    elif request.param == "loopback":
        url = request.getfixturevalue("sandbox_url")
        made = NationalPortal(url, user="sandbox", password="any", agency="H26", clock=clock)
    else:
        made = make_system(request.param)
    yield made
    await made.close()
