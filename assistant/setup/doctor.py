"""`tthc doctor`: what is missing and how to get it.  `tthc status`: what is up.

No check changes anything; a check that cannot be made is itself a finding.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
from pydantic import SecretStr

from assistant import dossiers
from assistant.settings import ROOT, Settings
from assistant.setup import bootstrap, dialogue, interpreters
from assistant.setup.launcher import busy_ports, sandbox_health
from knowledge_base.errors import TthcError

TELEGRAM_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,50}")  # core.telegram.org/bots/api#authorizing-your-bot
TELEGRAM_API = Settings.model_fields["telegram_api"].default  # a stand-in elsewhere may have tokens of its own shape
LOW_DISK, NO_DISK = 2_000_000_000, 300_000_000  # bytes
LOOK_S = 3.0
SHARED = ("rasa_secret", "web_key", "booking_key", "personal_data_key")  # one value for all machines
TEST_PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver", "redis-server": "redis-server"}


class State(StrEnum):
    OK = "ok"
    WARN = "warn"  # works, or will once the next `tthc up` has done its part
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One finding: a line on what is, and a line on what to do."""

    name: str
    state: State
    said: str
    remedy: str = ""


def ok(name: str, said: str) -> Check:
    return Check(name, State.OK, said)


def warn(name: str, said: str, remedy: str) -> Check:
    return Check(name, State.WARN, said, remedy)


def fail(name: str, said: str, remedy: str) -> Check:
    return Check(name, State.FAIL, said, remedy)


def doctor(settings: Settings) -> list[Check]:
    """Every check, in the order in which a person would put things right."""
    found: list[Check] = []
    for name, look in CHECKS.items():
        try:
            found += look(settings)
        except (TthcError, OSError, ValueError) as error:
            found.append(fail(name, str(error).splitlines()[0] or repr(error), "see the line before, then try again"))
    return found


def environments(_: Settings, root: Path = ROOT) -> Iterator[Check]:
    for runtime in bootstrap.RUNTIMES:
        stamp = bootstrap.read_stamp(str(root), runtime)
        if stamp and bootstrap.is_current(str(root), runtime, test=False):
            yield ok(f"{runtime} environment", f"Python {stamp.get('python', '?')}, as its lock file says")
            continue
        try:
            python = interpreters.find(runtime, os.environ, install=False)
        except interpreters.NoInterpreter as error:
            lines = str(error).splitlines()
            yield fail(f"{runtime} environment", lines[0], "; ".join(line.strip() for line in lines[-3:]))
            continue
        said = "differs from its lock file" if stamp else f"not finished (Python {python.version} is there for it)"
        yield (warn if stamp else fail)(f"{runtime} environment", said, "make setup")


def rasa_model(settings: Settings) -> Iterator[Check]:
    if dialogue.model_is_stale(settings):
        yield warn("Rasa model", "not trained on the present data", "tthc up trains it")
    else:
        yield ok("Rasa model", dialogue.model_path(settings).name)


def encoder(settings: Settings) -> Iterator[Check]:
    if settings.encoder:
        yield ok("encoder", f"TTHC_ENCODER={settings.encoder}, opened at start")
        return
    from knowledge_base.encoder import open_encoder

    try:
        found = open_encoder("", settings.data_dir)
    except (OSError, KeyError, ValueError) as error:
        yield fail("encoder", f"cannot be read ({type(error).__name__})", "tthc encoder train")
        return
    yield ok("encoder", f"{found.name}, {found.dimension} dimensions")


def catalogue(settings: Settings) -> Iterator[Check]:
    from knowledge_base.catalogue import Catalogue
    from knowledge_base.catalogue_snapshot import read_manifest
    from knowledge_base.curated import read_curated

    total, curated = len(Catalogue.load(settings.data_dir)), len(read_curated())
    manifest = read_manifest(settings.data_dir)
    said = f"{total} procedures, {curated} of them curated"
    if manifest is None:
        yield warn("catalogue", f"{said}; no catalogue imported", "tthc catalogue import PATH")
    else:
        yield ok("catalogue", f"{said}; newest data of {manifest.newest_data or 'unknown day'}")


def index(settings: Settings) -> Iterator[Check]:
    if settings.qdrant_url:
        key = settings.qdrant_api_key.get_secret_value()
        said = _answers(settings.qdrant_url.rstrip("/") + "/collections", {"api-key": key} if key else {})
        if said:
            yield fail("index", f"Qdrant at {settings.qdrant_url}: {said}", "check QDRANT_URL and QDRANT_API_KEY")
        else:
            yield ok("index", f"Qdrant at {settings.qdrant_url} answers")
        return
    state, manifest = settings.data_dir / "index" / "current.json", settings.data_dir / "catalogue" / "manifest.json"
    if not state.exists():
        yield warn("index", "not built", "tthc up builds it")
    elif manifest.exists() and manifest.stat().st_mtime > state.stat().st_mtime:
        yield warn("index", "older than the catalogue", "tthc up renews it")
    else:
        yield ok("index", "Qdrant Edge, built")


def database(settings: Settings) -> Iterator[Check]:
    from assistant import migrate

    kind = "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"
    if kind == "SQLite" and not Path(settings.database.removeprefix("sqlite:///")).exists():
        yield warn("database", "SQLite file not made yet", "tthc up makes it")
        return
    try:
        there, wanted = migrate.current(settings.database), migrate.head()
    except TthcError as error:
        yield fail("database", f"{kind} cannot be reached ({error.detail})", "start it, or correct DATABASE_URL")
        return
    if there == wanted:
        yield ok("database", f"{kind}, schema {there}")
    else:
        yield warn("database", f"{kind}, schema {there or 'empty'}, wanted {wanted}", "tthc up migrates it")


def redis(settings: Settings) -> Iterator[Check]:
    address = settings.redis_url.get_secret_value()
    if not address:
        yield ok("Redis", "not used: one machine")
        return
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(address, socket_connect_timeout=LOOK_S, socket_timeout=LOOK_S) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        yield fail("Redis", f"does not answer ({type(error).__name__})", "start it, or correct REDIS_URL")
        return
    yield ok("Redis", "answers")


def dossier_system(settings: Settings) -> Iterator[Check]:
    if settings.uses_sandbox:
        yield warn("dossier system", "the sandbox, with invented dossiers", "set TTHC_DOSSIER_URL for a real one")
        return
    accounts, problems = dossiers.wanted(settings)
    if not accounts and not problems:
        yield fail("dossier system", "none set, and the sandbox is off", "set TTHC_DOSSIER_URL, or TTHC_SANDBOX=1")
    for name, problem in problems.items():
        yield fail("dossier system", f"{name}: {problem}", "set what is missing; the other systems run without it")
    for name, account in accounts.items():
        said = _answers(account.url, any_status=True)
        setting = dossiers.setting_name(dossiers.URLS[name])
        if said:
            yield fail("dossier system", f"{name}: {account.url}: {said}", f"check {setting} and the network")
        else:
            yield ok("dossier system", f"{name}: {account.url} answers")


def shared_secrets(settings: Settings) -> Iterator[Check]:
    if not (settings.database_url.get_secret_value() or settings.redis_url.get_secret_value()):
        yield ok("secrets", "made on this machine where not set")
        return
    unset = [name for name in SHARED if not getattr(settings, name).get_secret_value()]
    if unset:
        told = ", ".join(f"TTHC_{name.upper()}" for name in unset)
        yield warn("secrets", f"made on this machine only: {told}", "several machines: set them alike on each")
    else:
        yield ok("secrets", "set")


def telegram(settings: Settings) -> Iterator[Check]:
    token = settings.telegram_token.get_secret_value()
    if not token or not settings.telegram_enabled:
        yield ok("Telegram", "off")
    elif settings.telegram_api.rstrip("/") == TELEGRAM_API and not TELEGRAM_TOKEN.fullmatch(token):
        yield fail("Telegram", "TTHC_TELEGRAM_TOKEN does not look like a bot token", "copy it again from @BotFather")
    elif settings.telegram_mode == "webhook" and not settings.public_url.startswith("https://"):
        yield fail("Telegram", "a webhook needs an https address", "set TTHC_PUBLIC_URL, or TTHC_TELEGRAM_MODE=polling")
    else:
        yield ok("Telegram", f"on, {settings.telegram_mode}")


def messaging(settings: Settings) -> Iterator[Check]:
    """Zalo and Messenger: on, off, or the settings that are missing."""
    wanted = {
        "Zalo": (settings.zalo_enabled, ("zalo_app_id", "zalo_app_secret", "zalo_secret", "zalo_refresh_token")),
        "Messenger": (
            settings.messenger_enabled, ("messenger_token", "messenger_app_secret", "messenger_verify_token"),
        ),
    }  # fmt: skip
    for name, (enabled, keys) in wanted.items():
        unset = [f"TTHC_{key.upper()}" for key in keys if not _given(settings, key)]
        if len(unset) == len(keys) or not enabled:
            yield ok(name, "off")
        elif unset:
            yield fail(name, f"not set: {', '.join(unset)}", "see docs/channels.md")
        elif not settings.public_url.startswith("https://"):
            yield warn(name, "the platform calls an https address", "set TTHC_PUBLIC_URL, except with a stand-in")
        else:
            yield ok(name, "on")


def _given(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    return bool((value.get_secret_value() if isinstance(value, SecretStr) else value).strip())


def listeners(settings: Settings) -> Iterator[Check]:
    if not _answers(f"{settings.platform_url}/healthz"):
        yield ok("ports", f"held by the assistant, which is running: {settings.public_address}/")
        return
    busy = busy_ports(settings, sandbox=settings.uses_sandbox)
    for line in busy:
        said, _, remedy = line.partition(". ")
        yield fail("ports", said, remedy or "choose another address")
    if not busy:
        yield ok("ports", "free")


def disk(settings: Settings) -> Iterator[Check]:
    place = next(folder for folder in [settings.data_dir, *settings.data_dir.resolve().parents] if folder.exists())
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:.1f} GB free under {place}"
    if free < NO_DISK:
        yield fail("disk", said, "free some space, or set TTHC_DATA_DIR to another disk")
    elif free < LOW_DISK:
        yield warn("disk", said, "free some space: logs, index and models need about 2 GB")
    else:
        yield ok("disk", said)


def for_tests(_: Settings) -> Iterator[Check]:
    missing = [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    if not shutil.which("pg_ctl") and not any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")):
        missing.append("postgresql")
    if missing:
        yield warn("test programs", "missing: " + ", ".join(missing), "sudo apt install " + " ".join(missing))
    else:
        yield ok("test programs", "browser, Redis and PostgreSQL are there")


CHECKS: dict[str, Callable[[Settings], Iterator[Check]]] = {
    "environments": environments,
    "Rasa model": rasa_model,
    "encoder": encoder,
    "catalogue": catalogue,
    "index": index,
    "database": database,
    "Redis": redis,
    "dossier system": dossier_system,
    "secrets": shared_secrets,
    "Telegram": telegram,
    "messaging": messaging,
    "ports": listeners,
    "disk": disk,
    "test programs": for_tests,
}


def status(settings: Settings) -> list[Check]:
    """What is up, part by part."""
    platform, logs = settings.platform_url, dialogue.log_folder(settings)
    parts = [
        ("platform", f"{platform}/healthz", "platform.log"),
        ("platform ready", f"{platform}/readyz", "platform.log"),
        ("Rasa", dialogue.health(settings), "rasa.log"),
    ]
    if settings.uses_sandbox:
        parts.append(("dossier sandbox", sandbox_health(settings), "sandbox.log"))
    found = []
    for name, address, log in parts:
        said = _answers(address)
        found.append(fail(name, said, f"start it: tthc up; log: {logs / log}") if said else ok(name, f"up: {address}"))
    return found


def _answers(address: str, headers: dict[str, str] | None = None, any_status: bool = False) -> str:
    """Empty when it answers well, else what happened."""
    try:
        answer = httpx.get(address, headers=headers, timeout=LOOK_S, trust_env=False)
    except httpx.TimeoutException:
        return f"no answer in {LOOK_S:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"does not answer ({type(error).__name__})"
    return "" if answer.is_success or any_status else f"answers with HTTP {answer.status_code}"
