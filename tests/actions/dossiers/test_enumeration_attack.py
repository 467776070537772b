"""A script that tries many codes and many digits learns nothing, and is stopped.

What it could measure is counted here instead of timed: calls of systems, comparisons, and the time told to wait.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

import pytest

from actions.clock import FixedClock
from actions.dossiers import status as status_module
from actions.dossiers.answers import error_reply
from actions.dossiers.codes import DossierCode
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.model import Dossier
from actions.dossiers.pace import STEP_S, Pace
from actions.dossiers.routing import RoutedSystems, load_routes
from actions.dossiers.status import DossierStatusService
from actions.origin import Origin
from knowledge_base.errors import ErrorCode, TthcError

REAL = [f"H26.16-261110-{number:04d}" for number in range(1, 61)]  # those that exist are 1 to 60
TRIED = [f"H26.16-261110-{number:04d}" for number in range(1, 401)]


class Watched:
    """A clock for `Pace` that moves only where work is done: so time is work, to the microsecond."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds or 0.00001


class Working(FakeDossierSystem):
    """Takes longer to read a dossier than to have none."""

    def __init__(self, watched: Watched, dossiers: list[Dossier]) -> None:
        super().__init__(dossiers)
        self._watched = watched

    async def find(self, code: DossierCode) -> Dossier | None:
        found = await super().find(code)
        self._watched.time += 0.012 if found else 0.010
        return found


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def systems(watched: Watched, make_dossier: Callable[..., Dossier]) -> dict[str, Working]:
    """Each real code in one of four systems."""
    held: dict[str, list[Dossier]] = {name: [] for name in ("portal", "igate", "lgsp", "ioc")}
    for number, code in enumerate(REAL):
        held[list(held)[number % 4]].append(make_dossier(code=code, proof_tails=("4711", "0815")))
    return {name: Working(watched, dossiers) for name, dossiers in held.items()}


@pytest.fixture
def service(
    systems: dict[str, Working], watched: Watched, clock: FixedClock, working_days: Callable[..., int]
) -> DossierStatusService:
    pace = Pace(now=watched.now, sleep=watched.sleep)
    return DossierStatusService(RoutedSystems(systems, load_routes()), clock, working_days, pace=pace)


async def attack(service: DossierStatusService, code: str, factor: str, number: int, address: str) -> str:
    """One try; what a script sees of it."""
    try:
        await service.check(code, factor, f"web:{number}", Origin(address=address))
    except TthcError as error:
        return error_reply(error).model_dump_json()
    return "opened"


async def test_from_one_address_it_is_stopped_whatever_it_calls_itself(
    service: DossierStatusService, systems: dict[str, Working], clock: FixedClock
) -> None:
    chance = random.Random(1)
    seen: Counter[str] = Counter()
    for number, code in enumerate(chance.sample(TRIED, len(TRIED))):  # a new conversation for each try
        seen[await attack(service, code, f"{chance.randrange(10**4):04d}", number, "one-address")] += 1
    assert len(seen) == 2
    assert sorted(seen.values()) == [30, 370]  # the neutral refusal thirty times, then the way is closed
    assert [system.calls for system in systems.values()] == [30, 30, 30, 30]
    for quarter in range(95):  # it comes back every quarter of an hour, all day
        clock.advance(minutes=15)
        for number in range(40):
            seen[
                await attack(service, TRIED[number + quarter], "0000", 1000 + quarter * 40 + number, "one-address")
            ] += 1
    assert sum(system.calls for system in systems.values()) <= 4 * 100


async def test_one_code_from_everywhere_is_closed_for_the_day(service: DossierStatusService, clock: FixedClock) -> None:
    tried = 0
    for number in range(90 * 8):
        said = await attack(service, REAL[0], f"{number:04d}", number, f"address-{number}")
        tried += ErrorCode.DOSSIER_REFUSED.value in said
        if number % 8 == 7:
            clock.advance(minutes=15)
    assert tried == 30
    assert await attack(service, REAL[0], "4711", 9999, "the-owner") != "opened"
    clock.advance(days=1)
    assert await attack(service, REAL[0], "4711", 9999, "the-owner") == "opened"


@pytest.mark.parametrize("who", [{"address": "the-stranger"}, {"person": "zalo:77"}])
async def test_one_stranger_cannot_close_a_code_for_its_owner(
    service: DossierStatusService, clock: FixedClock, who: dict[str, str]
) -> None:
    """A day of trying from one place, in as many conversations as one likes: the owner's first try opens, any time."""
    seen: Counter[str] = Counter()
    for number in range(24 * 5):
        with pytest.raises(TthcError) as caught:
            await service.check(REAL[0], "0000", f"web:{number}", Origin(**who))
        seen[caught.value.code] += 1
        assert await attack(service, REAL[0], "4711", 10_000 + number, "the-owner") == "opened"
        clock.advance(minutes=10)
    assert seen == {ErrorCode.DOSSIER_REFUSED: 3, ErrorCode.DOSSIER_TOO_MANY_TRIES: 117}


async def test_closing_a_code_for_the_day_takes_ten_addresses(service: DossierStatusService, clock: FixedClock) -> None:
    for number in range(9 * 6):
        await attack(service, REAL[0], "0000", number, f"address-{number // 6}")
        clock.advance(minutes=5)
    assert await attack(service, REAL[0], "4711", 900, "the-owner") == "opened"
    for number in range(6):
        await attack(service, REAL[0], "0000", 1000 + number, "address-9")
        clock.advance(minutes=5)
    assert await attack(service, REAL[0], "4711", 901, "the-owner") != "opened"


async def test_a_person_of_a_channel_is_counted_over_conversations(service: DossierStatusService) -> None:
    seen = []
    for number in range(8):
        with pytest.raises(TthcError) as caught:
            await service.check(TRIED[number], "0000", f"zalo:group-{number}", Origin(person="zalo:77"))
        seen.append(caught.value.code)
    assert seen == [ErrorCode.DOSSIER_REFUSED] * 5 + [ErrorCode.DOSSIER_TOO_MANY_TRIES] * 3


async def test_a_refusal_says_and_does_the_same_wherever_the_dossier_is(
    service: DossierStatusService,
    systems: dict[str, Working],
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []

    def counting(left: bytes, right: bytes) -> bool:
        compared.append(len(left) + len(right))
        return left == right

    monkeypatch.setattr(status_module.hmac, "compare_digest", counting)
    seen = set()
    for number, code in enumerate([*REAL[:8], *TRIED[60:68]]):  # in each of the systems twice, and nowhere
        before = [system.calls for system in systems.values()]
        for kept in (False, True):  # the second try is answered from what was kept
            compared.clear()
            began = watched.time
            said = await attack(service, code, "5555", number, f"address-{number}")
            asked = [system.calls - one for system, one in zip(systems.values(), before, strict=True)]
            seen.add((said, tuple(compared), tuple(asked), round(watched.time - began, 4), kept))
    assert len(seen) == 2  # one for what was asked, one for what was kept: which says nothing about the dossier
    assert {one[3] for one in seen} == {STEP_S}


async def test_while_a_system_is_silent_absent_and_wrong_are_one_too(
    service: DossierStatusService, systems: dict[str, Working], watched: Watched
) -> None:
    systems["igate"].down = True
    seen: Counter[tuple[str, float]] = Counter()
    for number, code in enumerate([REAL[0], TRIED[99], REAL[2], TRIED[98]]):
        for _ in range(6):
            began = watched.time
            said = await attack(service, code, "5555", number, "")
            seen[said, round(watched.time - began, 4)] += 1
    assert sorted(seen.values()) == [4, 20]  # "down" five times each, and counted; then the conversation is closed
    assert await attack(service, REAL[4], "4711", 77, "") == "opened", "what was found and proven is told all the same"


async def test_a_refusal_waits_for_the_next_step(watched: Watched) -> None:
    pace = Pace(0.25, watched.now, watched.sleep)
    for work, taken in [(0.0, 0.25), (0.1, 0.25), (0.2499, 0.25), (0.2501, 0.5), (0.6, 0.75)]:
        started = pace.start()
        watched.time += work
        await pace.even_out(started)
        assert watched.time - started == pytest.approx(taken, abs=0.0001)
    slept = len(watched.slept)
    await Pace(0, watched.now, watched.sleep).even_out(0)
    assert len(watched.slept) == slept


async def test_a_loop_that_wakes_by_whole_milliseconds_betrays_nothing() -> None:
    """As asyncio's does: the rest of a millisecond that the work took must not come back at the end."""
    time = [0.0]

    async def sleep(seconds: float) -> None:
        time[0] += math.ceil(seconds * 1000) / 1000 if seconds else 0.00001

    pace = Pace(0.25, lambda: time[0], sleep)
    taken = []
    for work in (0.0101, 0.0105, 0.0109, 0.0103):
        started = pace.start()
        time[0] += work
        await pace.even_out(started)
        taken.append(time[0] - started)
    assert max(taken) - min(taken) < 0.00002


async def test_who_knows_the_digits_is_not_kept_waiting(service: DossierStatusService, watched: Watched) -> None:
    assert await attack(service, REAL[0], "0815", 1, "home") == "opened"
    assert watched.slept == []
