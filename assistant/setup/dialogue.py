"""The Rasa side of the set-up: is the model stale, train it, write the files that `rasa run` reads.

Everything lies under `<data dir>/rasa`: `models/tthc-<fingerprint>.tar.gz`, its stamp `models/current.json`,
`endpoints.yml` and `credentials.yml`.  The two files name secrets as `${VARIABLE}`; Rasa's environment has the values.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from assistant.settings import ROOT, Settings
from assistant.setup.processes import Service, run_once, tail
from knowledge_base.errors import ErrorCode, Misconfigured, Unavailable

RASA = ROOT / ".venv" / "dialogue" / "bin" / "rasa"
DOMAIN = "training_data/domain.yml"
EXAMPLES = ("training_data/nlu", "training_data/rules")
# what the model is made of, and what makes it
SOURCES = (
    "config.yml", DOMAIN, *EXAMPLES, "assistant/nlu", "knowledge_base/text.py", "knowledge_base/lexicon.tsv",
    "requirements/dialogue.lock",
)  # fmt: skip
LOCAL_TRACKER = "assistant.nlu.lighter.LocalTrackerStore"
KEPT_MODELS = 2
TRACKER_DAYS = 3
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::FutureWarning",
}


def room(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "rasa"


def log_folder(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "log"


def fingerprint(root: Path = ROOT) -> str:
    """Of everything the model is made from; byte-compiled files do not count."""
    digest = hashlib.sha256()
    for source in SOURCES:
        place = root / source
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:24]


def model_path(settings: Settings, root: Path = ROOT) -> Path:
    """Where the model of the present training data lies, once trained."""
    return room(settings) / "models" / f"tthc-{fingerprint(root)}.tar.gz"


def model_is_stale(settings: Settings, root: Path = ROOT) -> bool:
    """Whether the training data or the code behind the model changed since it was trained, or it is not there."""
    path = model_path(settings, root)
    return not path.is_file() or _stamp(settings).get("model") != path.name


def _stamp(settings: Settings) -> dict[str, Any]:
    try:
        stamp = json.loads((room(settings) / "models" / "current.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(settings: Settings, **changes: object) -> None:
    path = room(settings) / "models" / "current.json"
    fresh = path.with_name(".current.json.new")
    fresh.write_text(json.dumps({**_stamp(settings), **changes}, indent=1), encoding="utf-8")
    fresh.replace(path)


def rasa_environ(settings: Settings) -> dict[str, str]:
    """What Rasa needs beside our own environment; the secrets among it."""
    environ = {
        **QUIET,
        "RASA_CACHE_DIRECTORY": str(room(settings) / "cache"),
        "TTHC_RASA_SECRET": settings.secret("rasa_secret"),
    }
    redis = urlsplit(settings.redis_url.get_secret_value())
    if redis.password:
        environ["TTHC_RASA_REDIS_PASSWORD"] = unquote(redis.password)
    return environ


async def train(settings: Settings) -> Path:
    """Trains the model if it is stale.  One training at a time, over processes; the others find it done.

    Raises:
        Misconfigured: the dialogue environment is missing.
        Unavailable: (`DIALOGUE_DOWN`) the training failed; with the end of its log.
    """
    path = model_path(settings)
    async with _one_at_a_time(path.parent / ".lock"):
        if model_is_stale(settings):
            data = ["--data", *(str(ROOT / folder) for folder in EXAMPLES)]
            name = path.name.removesuffix(".tar.gz")
            await _rasa(
                settings, "train", "--domain", str(ROOT / DOMAIN), *data, "--config", str(ROOT / "config.yml"),
                "--out", str(path.parent), "--fixed-model-name", name,
            )  # fmt: skip
            if not path.is_file():
                raise Unavailable(ErrorCode.DIALOGUE_DOWN, f"rasa train left no model; see {log_folder(settings)}")
            _write_stamp(settings, model=path.name)
            models = sorted(path.parent.glob("tthc-*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
            for old in models[KEPT_MODELS:]:
                old.unlink()
    return path


def train_model(settings: Settings) -> Path:
    """`train`, for callers without an event loop."""
    return asyncio.run(train(settings))


def data_is_checked(settings: Settings) -> bool:
    """Whether `rasa data validate` passed on the present training data."""
    return _stamp(settings).get("checked") == fingerprint()


def check_data(settings: Settings) -> None:
    """`rasa data validate`, unless it passed on the same data before.

    Raises:
        Misconfigured: the dialogue environment is missing.
        Unavailable: (`DIALOGUE_DOWN`) the data is faulty; with the end of the log.
    """
    if data_is_checked(settings):
        return
    data = ["--data", *(str(ROOT / folder) for folder in EXAMPLES)]
    domain = ["--domain", str(ROOT / DOMAIN), "--config", str(ROOT / "config.yml")]
    asyncio.run(_rasa(settings, "data", "validate", *domain, *data))
    (room(settings) / "models").mkdir(parents=True, exist_ok=True)
    _write_stamp(settings, checked=fingerprint())


async def _rasa(settings: Settings, *arguments: str) -> None:
    if not RASA.exists():
        raise Misconfigured(ErrorCode.MISCONFIGURED, "the dialogue environment is missing: run `make setup`")
    log = log_folder(settings) / "rasa-train.log"
    code = await run_once([str(RASA), *arguments], log, rasa_environ(settings))
    if code != 0:
        command = " ".join(arguments[: 2 if arguments[0] == "data" else 1])
        raise Unavailable(ErrorCode.DIALOGUE_DOWN, f"rasa {command} failed (exit {code}); {log} ends:\n{tail(log)}")


@asynccontextmanager
async def _one_at_a_time(path: Path) -> AsyncIterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield


def endpoints(settings: Settings) -> dict[str, Any]:
    """What `endpoints.yml` says: the platform runs the actions; trackers in SQLite or Redis, locks in memory or Redis.

    Raises:
        Misconfigured: the Redis address is not of a kind that Rasa can use.
    """
    action = {
        "url": f"{settings.platform_url}/internal/actions",
        "headers": {"X-TTHC-Secret": "${TTHC_RASA_SECRET}"},
        "enable_selective_domain": True,
    }
    address = settings.redis_url.get_secret_value()
    if not address:
        tracker = {"type": LOCAL_TRACKER, "dialect": "sqlite", "db": str(room(settings) / "tracker.sqlite")}
        return {"action_endpoint": action, "tracker_store": tracker, "lock_store": {"type": "in_memory"}}
    url = urlsplit(address)
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise Misconfigured(ErrorCode.MISCONFIGURED, "TTHC_REDIS_URL: Rasa needs redis://HOST:PORT/DB or rediss://…")
    number = url.path.strip("/")
    redis: dict[str, Any] = {
        "type": "redis", "url": url.hostname, "port": url.port or 6379, "db": int(number) if number.isdigit() else 0,
        "use_ssl": url.scheme == "rediss",
    }  # fmt: skip
    if url.username:
        redis["username"] = unquote(url.username)
    if url.password:
        redis["password"] = "${TTHC_RASA_REDIS_PASSWORD}"  # noqa: S105 - a reference
    return {
        "action_endpoint": action,
        "tracker_store": {**redis, "record_exp": TRACKER_DAYS * 24 * 3600, "key_prefix": "tthc"},
        "lock_store": {**redis, "key_prefix": "tthclock"},
    }


def write_files(settings: Settings) -> tuple[Path, Path]:
    """Writes endpoints.yml and credentials.yml; where they are."""
    place = room(settings)
    place.mkdir(parents=True, exist_ok=True)
    note = "# Made from the settings at each start: changes here are lost.\n"
    files = {
        place / "endpoints.yml": endpoints(settings),
        place / "credentials.yml": {"assistant.nlu.channel.GatewayInput": {"secret": "${TTHC_RASA_SECRET}"}},
    }
    for path, content in files.items():
        path.write_text(note + yaml.safe_dump(content, sort_keys=False, width=200), encoding="utf-8")
    return place / "endpoints.yml", place / "credentials.yml"


def rasa_service(settings: Settings, model: Path) -> Service:
    """Rasa with `model`, as the supervisor runs it.  No `--enable-api`: its one door is the gateway channel."""
    written, credentials = write_files(settings)
    command = [
        str(RASA), "run", "-i", settings.rasa_host, "-p", str(settings.rasa_port), "--model", str(model),
        "--endpoints", str(written), "--credentials", str(credentials),
    ]  # fmt: skip
    return Service(
        "Rasa", command, log_folder(settings) / "rasa.log", health(settings), rasa_environ(settings)
    )


def health(settings: Settings) -> str:
    """The address that answers once Rasa has its model."""
    return f"{settings.rasa_url}/webhooks/gateway/"
