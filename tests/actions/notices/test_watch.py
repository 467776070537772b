"""Watched dossiers: looked at within a budget, told when they change, forgotten when they end."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from actions.database import Database
from actions.dossiers.model import Dossier, DossierStatus
from actions.dossiers.status import DossierStatusService, StatusAnswer
from actions.dossiers.watch import MISSES, SHORTEST, WATCHES, Watched
from actions.dossiers.watch_models import WatchRow
from actions.notices.models import ConsentRow
from actions.notices.port import State
from tests.actions.appointments.conftest import DATA_KEY, at
from tests.actions.notices.bench import Bench, Recorder, make_bench

OWNER = "telegram:5"
FACTOR = "1212"


def dossier(number: int = 12, status: DossierStatus | None = DossierStatus.PROCESSING, **changes: object) -> Dossier:
    fields: dict[str, object] = {
        "code": f"H26.16-261110-{number:04d}",
        "procedure_name": "Thủ tục đăng ký khai sinh",
        "owner_name": "Nguyễn Văn An",
        "proof_tails": (FACTOR,),
        "status": status,
        "status_raw": str(int(status)) if status else "99",
        "received_at": at(9, day=10),
        "due_at": at(17, day=27),
        "as_of": at(8, day=23),
    }
    return Dossier.model_validate(fields | changes)


async def answer_of(bench: Bench, held: Dossier) -> StatusAnswer:
    """The proven answer, as the dialogue gets it."""
    bench.system.dossiers[held.code] = held
    service = DossierStatusService(bench.system, bench.clock, lambda start, end: (end - start).days)
    return await service.check(held.code, FACTOR, OWNER)


async def watch(bench: Bench, held: Dossier, conversation: str = OWNER) -> Watched:
    return bench.watches.start(conversation, await answer_of(bench, held))


def put(bench: Bench, held: Dossier) -> None:
    bench.system.dossiers[held.code] = held


def rows(bench: Bench) -> list[WatchRow]:
    with bench.database.begin() as session:
        return list(session.scalars(select(WatchRow).order_by(WatchRow.created_at)))


async def look(bench: Bench, **after: float) -> int:
    bench.clock.advance(**after)
    return await bench.watchman().round()


async def told(bench: Bench) -> list[str]:
    telegram = Recorder()
    while await bench.postman(telegram=telegram).round():
        pass
    return [said for _, _, said in telegram.sent]


async def test_a_change_is_told_once_and_without_anything_personal(bench: Bench) -> None:
    assert await watch(bench, dossier()) is Watched.STARTED
    assert await look(bench, minutes=31) == 1
    assert await told(bench) == []
    put(bench, dossier(status=DossierStatus.SUPPLEMENT))
    assert await look(bench, minutes=31) == 1
    assert await look(bench, minutes=31) == 1
    (said,) = await told(bench)
    assert "Yêu cầu bổ sung giấy tờ" in said
    assert "0012" in said
    for personal in ("H26.16", "261110", "An", FACTOR, "khai sinh"):
        assert personal not in said
    assert await told(bench) == []


async def test_a_new_due_date_and_a_state_of_the_systems_own_are_changes(bench: Bench) -> None:
    await watch(bench, dossier())
    put(bench, dossier(due_at=at(17, day=30)))
    await look(bench, minutes=31)
    (said,) = await told(bench)
    assert "30/11/2026" in said
    put(bench, dossier(status=None, status_raw="Chờ ký số"))
    await look(bench, minutes=31)
    (said,) = await told(bench)
    assert "Chờ ký số" in said


async def test_it_ends_with_the_dossier(bench: Bench) -> None:
    await watch(bench, dossier())
    put(bench, dossier(status=DossierStatus.DONE))
    await look(bench, minutes=31)
    (said,) = await told(bench)
    assert "ngừng theo dõi" in said
    assert bench.watches.of(OWNER) == []
    assert await look(bench, days=2) == 0
    assert await watch(bench, dossier(status=DossierStatus.DONE)) is Watched.OVER


async def test_a_dossier_that_vanished_is_told_after_some_looks(bench: Bench) -> None:
    await watch(bench, dossier())
    bench.system.dossiers.clear()
    for _ in range(MISSES - 1):
        await look(bench, hours=1)
        assert await told(bench) == []
    await look(bench, hours=1)
    (said,) = await told(bench)
    assert "không còn thấy" in said
    assert bench.watches.of(OWNER) == []


async def test_a_system_that_is_down_is_no_change(bench: Bench) -> None:
    await watch(bench, dossier())
    bench.system.down = True
    for _ in range(MISSES + 1):
        await look(bench, minutes=31)
    assert await told(bench) == []
    bench.system.down = False
    put(bench, dossier(status=DossierStatus.PAYMENT))
    await look(bench, minutes=31)
    assert len(await told(bench)) == 1


async def test_the_newest_change_alone_is_told_in_the_morning(bench: Bench) -> None:
    bench.clock.moment = at(19, 0, day=23)
    await watch(bench, dossier())
    put(bench, dossier(status=DossierStatus.SUPPLEMENT))
    await look(bench, minutes=40)
    put(bench, dossier(status=DossierStatus.PROCESSING, due_at=at(17, day=28)))
    await look(bench, minutes=40)  # 20:20, and nobody has sent anything yet
    bench.clock.moment = at(22, 0, day=23)
    assert await told(bench) == []
    calls = bench.system.calls
    assert await look(bench, hours=4) == 0
    assert bench.system.calls == calls, "nobody looks at night"
    bench.clock.moment = at(7, 0, day=24)
    (said,) = await told(bench)
    assert "28/11/2026" in said
    assert {row.outcome for row in bench.rows(State.DROPPED)} == {"replaced"}


async def test_back_to_what_it_was_is_a_change_too(bench: Bench) -> None:
    await watch(bench, dossier())
    for status in (DossierStatus.SUPPLEMENT, DossierStatus.PROCESSING, DossierStatus.SUPPLEMENT):
        put(bench, dossier(status=status))
        await look(bench, minutes=31)
        assert len(await told(bench)) == 1


async def test_looks_grow_rarer_with_the_age_of_the_last_change(bench: Bench) -> None:
    await watch(bench, dossier())
    looks = []
    for _ in range(7 * 24 * 4):
        if await look(bench, minutes=15):
            looks.append(bench.clock.now())
    day = [moment for moment in looks if moment.date() == at(9, day=23).date()]
    last = [moment for moment in looks if moment.date() == at(9, day=29).date()]
    assert len(day) > 3 * len(last) > 0
    assert min(b - a for a, b in itertools.pairwise(looks)) >= SHORTEST


async def test_stopped_forgets_the_code(bench: Bench) -> None:
    await watch(bench, dossier(1))
    await watch(bench, dossier(2))
    put(bench, dossier(1, DossierStatus.PAYMENT))
    await look(bench, minutes=31)
    first, second = bench.watches.of(OWNER)
    assert bench.watches.stop("telegram:6", first.id) == 0, "another conversation cannot"
    assert bench.watches.stop(OWNER, first.id) == 1
    assert [one.id for one in bench.watches.of(OWNER)] == [second.id]
    assert await told(bench) == [], "what was on its way is gone"
    assert bench.watches.stop(OWNER) == 1
    assert rows(bench) == []
    with bench.database.begin() as session:
        assert all(row.withdrawn_at for row in session.scalars(select(ConsentRow)))
    assert await watch(bench, dossier(1)) is Watched.STARTED


async def test_only_so_many_and_none_twice(bench: Bench) -> None:
    for number in range(WATCHES):
        assert await watch(bench, dossier(number)) is Watched.STARTED
    assert await watch(bench, dossier(0)) is Watched.ALREADY
    assert await watch(bench, dossier(99)) is Watched.FULL
    assert await watch(bench, dossier(99), "telegram:6") is Watched.STARTED


async def test_the_code_behind_a_button_is_for_its_conversation(bench: Bench) -> None:
    await watch(bench, dossier())
    (mine,) = bench.watches.of(OWNER)
    assert bench.watches.code_of(OWNER, mine.id) == "H26.16-261110-0012"
    assert bench.watches.code_of("telegram:6", mine.id) is None
    assert bench.watches.code_of(OWNER, "nothing") is None


async def test_code_and_person_are_not_to_be_read_and_the_proof_is_nowhere(bench: Bench) -> None:
    await watch(bench, dossier(), "telegram:123456789")
    with bench.database.begin() as session:
        told_ = " ".join(str(v) for row in session.execute(text("SELECT * FROM dossier_watches")) for v in row)
    for personal in ("261110", "123456789", FACTOR):
        assert personal not in told_


async def test_ended_watches_do_not_stay(bench: Bench) -> None:
    await watch(bench, dossier(1))
    await watch(bench, dossier(2))
    put(bench, dossier(1, DossierStatus.RETURNED))
    await look(bench, minutes=31)
    bench.clock.advance(days=31)
    border = bench.clock.now() - dt.timedelta(days=30)
    assert bench.watches.forget_before(border) == 1
    assert len(rows(bench)) == 1
    with bench.database.begin() as session:
        owners = [row.conversation_hash for row in session.scalars(select(ConsentRow).order_by(ConsentRow.id))]
    assert [bool(owner) for owner in owners] == [False, True]


def test_the_budget_holds_over_all_processes(bench: Bench, database_url: str) -> None:
    async def fill() -> None:
        for number in range(40):
            await watch(bench, dossier(number), f"telegram:{number}")

    asyncio.run(fill())
    bench.clock.advance(minutes=31)
    start = threading.Barrier(4)

    def due(_: int) -> list[str]:
        mine = make_bench(Database(database_url), bench.clock, DATA_KEY, per_minute=12)
        start.wait()
        taken = [one.id for _ in range(5) for one in mine.watches.due(5)]
        mine.database.close()
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [one for ids in pool.map(due, range(4)) for one in ids]
    assert len(taken) == 12
    assert len(set(taken)) == 12
    bench.clock.advance(seconds=60)
    with ThreadPoolExecutor(4) as pool:
        again = [one for ids in pool.map(due, range(4)) for one in ids]
    assert len(again) == 12
    assert not set(again) & set(taken)


def test_two_who_saw_the_same_change_tell_it_once(bench: Bench) -> None:
    asyncio.run(watch(bench, dossier()))
    (seen,) = bench.watches.of(OWNER)
    changed = dossier(status=DossierStatus.PAYMENT)
    assert [bench.watches.told(seen, changed), bench.watches.told(seen, changed)] == [True, False]
    assert len(bench.rows()) == 1


@pytest.mark.parametrize("conversation", ["api:1", "terminal:2"])
def test_channels_that_cannot_be_reached_are_not_served(bench: Bench, conversation: str) -> None:
    assert bench.watches.serves(conversation) is False
