"""The proof, the one neutral refusal, the limits, the cache, and what reaches the logs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from actions.clock import FixedClock
from actions.dossiers import status as status_module
from actions.dossiers.answers import error_reply
from actions.dossiers.fake import FakeDossierSystem
from actions.dossiers.model import Dossier, DossierStatus, Supplement, mask_name
from actions.dossiers.on_time import Punctuality
from actions.dossiers.pace import Pace
from actions.dossiers.remote import RemoteSystem
from actions.dossiers.sandbox.data import make_dossiers, sample_dossiers
from actions.dossiers.status import DossierStatusService, parse_factor
from actions.dossiers.systems import KINDS
from knowledge_base.errors import BadInput, ErrorCode, Refused, TthcError, Unavailable

CODE = "H26.16-261110-0012"
ABSENT = "H26.16-261110-9999"


@pytest.fixture
def fake(make_dossier: Callable[..., Dossier]) -> FakeDossierSystem:
    return FakeDossierSystem([make_dossier()])


@pytest.fixture
def service(fake: FakeDossierSystem, clock: FixedClock, working_days) -> DossierStatusService:
    return DossierStatusService(fake, clock, working_days, pace=Pace(0))


async def refusal(service: DossierStatusService, code: str, factor: str, conversation: str = "web:1") -> TthcError:
    with pytest.raises(TthcError) as caught:
        await service.check(code, factor, conversation)
    return caught.value


@pytest.mark.parametrize("factor", ["1212", "9012", "001091001212", "0912 349 012", "số cuối là 1212 ạ", "１２１２"])
async def test_the_right_factor_opens(service: DossierStatusService, clock: FixedClock, factor: str) -> None:
    answer = await service.check(f"hồ sơ {CODE.lower()}", factor, "web:1")
    assert (answer.code, answer.status, answer.punctuality) == (CODE, DossierStatus.PROCESSING, Punctuality.ON_TIME)
    assert answer.owner_masked == "Nguyễn V** A**"
    assert answer.info is not None
    assert answer.info.name == "Đang xử lý"
    assert answer.as_of == clock.now()


async def test_absent_and_wrong_are_refused_alike(service: DossierStatusService) -> None:
    absent = await refusal(service, ABSENT, "1212")
    wrong = await refusal(service, CODE, "1213")
    assert type(absent) is type(wrong) is Refused
    assert absent.code is wrong.code is ErrorCode.DOSSIER_REFUSED
    assert (absent.args, absent.data, absent.detail) == (wrong.args, wrong.data, wrong.detail)
    assert error_reply(absent).dump() == error_reply(wrong).dump()


async def test_a_refusal_does_the_same_work_for_absent_and_wrong(
    fake: FakeDossierSystem, service: DossierStatusService, monkeypatch: pytest.MonkeyPatch, make_dossier
) -> None:
    fake.dossiers["H26.16-261110-0013"] = make_dossier(code="H26.16-261110-0013", proof_tails=())
    compared: list[int] = []

    def counting(left: bytes, right: bytes) -> bool:
        compared.append(len(left) + len(right))
        return left == right

    monkeypatch.setattr(status_module.hmac, "compare_digest", counting)
    work = []
    for code in (ABSENT, CODE, "H26.16-261110-0013"):
        compared.clear()
        await refusal(service, code, "5555", f"web:{code}")
        work.append((list(compared), fake.calls))
        await refusal(service, code, "5555", f"web:{code}")
        assert fake.calls == len(work)  # kept, absent or not: the second try is as quick
    assert work[0][0] == work[1][0] == work[2][0]


@pytest.mark.parametrize("factor", ["", "123", "abc", "12 số", "1212 hoặc 9012", CODE, "12.3"])
async def test_a_factor_that_is_none_is_asked_again_and_not_counted(service: DossierStatusService, factor: str) -> None:
    for _ in range(6):
        error = await refusal(service, CODE, factor)
        assert (type(error), error.code) == (BadInput, ErrorCode.DOSSIER_FACTOR_MALFORMED)
    assert await service.check(CODE, "1212", "web:1")


@given(st.integers(0, 10**12 - 1).map(lambda number: f"{number:04d}"))
def test_only_the_last_four_digits_count(number: str) -> None:
    assert parse_factor(number) == number[-4:]


async def test_five_wrong_tries_lock_the_conversation_and_the_code(
    service: DossierStatusService, clock: FixedClock
) -> None:
    for _ in range(5):
        assert (await refusal(service, CODE, "0000")).code is ErrorCode.DOSSIER_REFUSED
    locked = await refusal(service, CODE, "1212")
    assert (locked.code, locked.data) == (ErrorCode.DOSSIER_TOO_MANY_TRIES, {"minutes": 15})
    assert (await refusal(service, ABSENT, "1212")).code is ErrorCode.DOSSIER_TOO_MANY_TRIES
    assert (await refusal(service, CODE, "1212", "web:2")).code is ErrorCode.DOSSIER_TOO_MANY_TRIES
    assert (await refusal(service, ABSENT, "1212", "web:2")).code is ErrorCode.DOSSIER_REFUSED
    clock.advance(minutes=15)
    assert await service.check(CODE, "1212", "web:1")


async def test_an_absent_code_locks_like_a_present_one(service: DossierStatusService) -> None:
    for number in range(5):
        await refusal(service, ABSENT, "0000", f"web:{number}")
    assert (await refusal(service, ABSENT, "0000", "web:9")).code is ErrorCode.DOSSIER_TOO_MANY_TRIES


async def test_right_answers_never_lock(service: DossierStatusService) -> None:
    for _ in range(20):
        await service.check(CODE, "1212", "web:1")


async def test_wrong_tries_at_once_get_no_more_than_five(service: DossierStatusService) -> None:
    tries = (service.check(CODE, f"{number:04d}", f"web:{number}") for number in range(40))
    errors = await asyncio.gather(*tries, return_exceptions=True)
    codes = [error.code for error in errors if isinstance(error, Refused)]
    assert codes.count(ErrorCode.DOSSIER_REFUSED) == 5
    assert codes.count(ErrorCode.DOSSIER_TOO_MANY_TRIES) == 35


async def test_a_system_that_is_down_is_no_wrong_try(service: DossierStatusService, fake: FakeDossierSystem) -> None:
    fake.down = True
    for _ in range(6):
        error = await refusal(service, CODE, "1212")
        assert (type(error), error.code) == (Unavailable, ErrorCode.DOSSIER_SYSTEM_DOWN)
    fake.down = False
    assert await service.check(CODE, "1212", "web:1")


async def test_a_caller_that_leaves_is_no_wrong_try(make_dossier, clock: FixedClock, working_days) -> None:
    class Hanging(FakeDossierSystem):
        def __init__(self) -> None:
            super().__init__([make_dossier()])
            self.entered = asyncio.Event()

        async def find(self, code):  # type: ignore[no-untyped-def]
            self.entered.set()
            return await asyncio.Future()

    hanging = Hanging()
    service = DossierStatusService(hanging, clock, working_days)
    for _ in range(6):
        hanging.entered.clear()
        task = asyncio.create_task(service.check(CODE, "1212", "web:1"))
        await hanging.entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_kept_a_minute_and_proven_every_time(
    service: DossierStatusService, fake: FakeDossierSystem, clock: FixedClock
) -> None:
    first = await service.check(CODE, "1212", "web:1")
    clock.advance(seconds=59)
    second = await service.check(CODE, "9012", "web:2")
    assert (fake.calls, second.as_of) == (1, first.as_of)
    assert (await refusal(service, CODE, "0000", "web:3")).code is ErrorCode.DOSSIER_REFUSED
    clock.advance(seconds=1)
    await service.check(CODE, "1212", "web:1")
    assert fake.calls == 2


async def test_what_is_kept_is_bounded(
    service: DossierStatusService, fake: FakeDossierSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_module, "CACHE_SIZE", 2)
    for sequence in ("0001", "0002", "0003"):
        await refusal(service, f"H26.16-261110-{sequence}", "1212", f"web:{sequence}")
    await refusal(service, "H26.16-261110-0001", "1212", "web:4")
    assert fake.calls == 4


async def test_a_status_of_the_systems_own_is_told_raw(
    service: DossierStatusService, fake: FakeDossierSystem, make_dossier
) -> None:
    fake.dossiers[CODE] = make_dossier(status=None, status_raw="17")
    answer = await service.check(CODE, "1212", "web:1")
    assert (answer.info, answer.status, answer.status_raw) == (None, None, "17")
    assert answer.punctuality is Punctuality.UNKNOWN


async def test_the_due_date_is_the_latest_the_system_gave(
    service: DossierStatusService, fake: FakeDossierSystem, make_dossier, at
) -> None:
    moved = Supplement(requested_at=at(11), old_due=at(16, 17), new_due=at(27, 17))
    fake.dossiers[CODE] = make_dossier(due_at=at(16, 17), supplements=[moved])
    assert (await service.check(CODE, "1212", "web:1")).due_at == at(27, 17)
    answered = Supplement(requested_at=at(10), answered_at=at(16))
    fake.dossiers[ABSENT] = make_dossier(code=ABSENT, due_at=at(16, 17), supplements=[answered])
    assert (await service.check(ABSENT, "1212", "web:1")).due_at == at(16, 17)  # no date is made up


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Văn An", "Nguyễn V** A**"),
        ("  lê   thị  hoà ", "lê t** h**"),
        ("Ðặng Ánh", "Ðặng Á**"),
        ("Nguyễn A\u0301nh", "Nguyễn Á**"),
        ("An", "A**"),
        ("", ""),
    ],
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize("name", list(KINDS))
async def test_no_personal_data_and_no_code_in_the_logs(
    make_system: Callable[..., RemoteSystem], name: str, app, clock: FixedClock, working_days, today, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    samples = sample_dossiers(today)
    records = make_dossiers(today)
    with structlog.testing.capture_logs() as captured:
        async with make_system(name) as portal:
            service = DossierStatusService(portal, clock, working_days, pace=Pace(0))
            for number, sample in enumerate(samples):
                await service.check(sample.code, sample.id_tail, f"web:{number}")
                await refusal(service, sample.code, "5551", f"web:{number}")
            app.state.faults.mode = "500"
            await refusal(service, "H26.16-261103-0777", "5552", "web:x")
            app.state.faults.mode = "malformed"
            await refusal(service, "H26.16-261103-0777", "5552", "web:x")
    assert {entry["event"] for entry in captured} == {"dossier_status", "dossier_system_down"}
    written = f"{captured}{caplog.text}"
    for sample in samples:
        record = records[sample.code]
        secrets = (sample.code, record["ChuHoSo"], record["DinhDanhCHS"], record["SoDienThoai"], sample.id_tail)
        assert not [secret for secret in secrets if secret in written]
    assert not [secret for secret in ("0777", "5551", "5552", "web:x") if secret in written]
