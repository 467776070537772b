"""The rotating token: renewed once however many ask, by one process, kept encrypted, both halves together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from conftest import serving
from messaging_bench import KEYS, make_database, make_zalo
from sqlalchemy import select

from actions.channels.credentials import Credentials
from actions.channels.models import CredentialRow
from actions.clock import SystemClock
from actions.database import Database
from actions.notices.port import Letter, Reason
from connectors.standins.messaging import Fault, create_app
from connectors.standins.zalo import APP_ID, APP_SECRET, REFRESH, ZaloApi
from connectors.zalo_tokens import ZaloTokens
from knowledge_base.errors import BadInput, ErrorCode, Misconfigured, Refused, Unavailable


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'channels.sqlite'}"
    return make_database(url if request.param == "sqlite" else request.getfixturevalue("postgres_database"))


@pytest.fixture
async def standin(database: Database) -> AsyncIterator[tuple[ZaloApi, str]]:
    api = ZaloApi("http://127.0.0.1:1/")
    async with serving(create_app(api)) as address:
        yield api, address
    database.close()


def tokens(http: httpx.AsyncClient, database: Database, address: str, seed: str = REFRESH) -> ZaloTokens:
    credentials = Credentials(database, KEYS, SystemClock(), f"zalo:{APP_ID}")
    return ZaloTokens(credentials, http, address, APP_ID, APP_SECRET, seed, SystemClock())


async def test_many_processes_renew_once(database: Database, standin: tuple[ZaloApi, str]) -> None:
    api, address = standin
    async with httpx.AsyncClient() as http:
        processes = [tokens(http, database, address) for _ in range(5)]
        pairs = await asyncio.gather(*(one.current() for one in processes for _ in range(3)))
        assert api.renewals == 1
        assert {pair.access for pair in pairs} == {api.access}
        refused = pairs[0].version
        await asyncio.gather(*(one.current(refused=refused) for one in processes))
        assert api.renewals == 2
        assert (await tokens(http, database, address).current()).access == api.access  # after a restart
        assert api.renewals == 2


async def test_tokens_are_kept_encrypted(database: Database, standin: tuple[ZaloApi, str]) -> None:
    api, address = standin
    async with httpx.AsyncClient() as http:
        await tokens(http, database, address).current()
    with database.begin() as session:
        row = session.scalars(select(CredentialRow)).one()
    kept = f"{row.body} {row.seed_hash}"
    assert not any(secret in kept for secret in (api.access, api.refresh, REFRESH))


async def test_a_used_token_is_said_by_name_until_a_new_one_is_given(
    database: Database, standin: tuple[ZaloApi, str]
) -> None:
    api, address = standin
    api.used.add(REFRESH)
    async with httpx.AsyncClient() as http:
        for _ in range(2):
            with pytest.raises(Misconfigured, match="TTHC_ZALO_REFRESH_TOKEN"):
                await tokens(http, database, address).current()
        wrong = tokens(http, database, address, "given by hand")
        wrong._app_secret = "of another app"
        with pytest.raises(Misconfigured, match="TTHC_ZALO_APP_SECRET"):
            await wrong.current()
        api.refresh = "given by hand"
        assert (await tokens(http, database, address, "given by hand").current()).access == api.access


async def test_zalo_down_is_tried_again(database: Database, standin: tuple[ZaloApi, str]) -> None:
    api, address = standin
    async with httpx.AsyncClient() as http:
        down = tokens(http, database, "http://127.0.0.1:1")
        with pytest.raises(Unavailable):
            await down.current()
        assert (await tokens(http, database, address).current()).access == api.access


async def test_template_messages_only_where_they_are_switched_on(
    database: Database, standin: tuple[ZaloApi, str]
) -> None:
    api, address = standin
    zalo = make_zalo(address, database, templates={"reminder": "4711"})
    letter = Letter("0912 345 678", {"number": "A-012"})
    assert [zalo.carries(reason) for reason in (Reason.REMINDER, Reason.DOSSIER)] == [True, False]
    with pytest.raises(Refused) as caught:
        await zalo.send_letter(Reason.DOSSIER, letter, "t1")
    assert caught.value.code is ErrorCode.WINDOW_CLOSED
    with pytest.raises(BadInput):
        await zalo.send_letter(Reason.REMINDER, Letter("12", {}), "t1")
    for fault, kind in [(Fault(code=-118), Refused), (Fault(status=502), Unavailable), (Fault(code=-32), Unavailable)]:
        api.faults.append(fault)
        with pytest.raises(kind):
            await zalo.send_letter(Reason.REMINDER, letter, "t1")
    await zalo.send_letter(Reason.REMINDER, letter, "t1")
    assert api.templates == [
        {"phone": "84912345678", "template_id": "4711", "template_data": letter.values, "tracking_id": "t1"}
    ]
    await zalo.close()
