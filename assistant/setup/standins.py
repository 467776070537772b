"""Stand-ins of the messaging platforms beside the platform, so that a channel can be tried without an account.

`TTHC_STANDINS=zalo,telegram` starts them with `tthc up` (`make run`), each with a page to type on as a citizen.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from assistant.settings import ROOT, Settings
from assistant.setup.processes import Service
from knowledge_base.errors import ErrorCode, Misconfigured

PORTS = {"telegram": 8020, "zalo": 8021, "messenger": 8022}
KEYS = {"telegram": "telegram_token", "zalo": "zalo_app_id", "messenger": "messenger_token"}


@dataclass(frozen=True)
class StandIn:
    """`environ` are the settings with which the platform talks to it; `page` is where a person types."""

    name: str
    port: int
    service: Service
    environ: dict[str, str]

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def wanted(settings: Settings) -> dict[str, int]:
    """Port by name, of those that the setting names (`zalo` or `zalo=8021`).

    Raises:
        Misconfigured: no such stand-in, or the channel has keys of its own: nobody real may be answered by mistake.
    """
    found: dict[str, int] = {}
    for entry in filter(None, (part.strip() for part in settings.standins.split(","))):
        name, _, port = entry.partition("=")
        if name not in PORTS or (port and not port.isdigit()):
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"TTHC_STANDINS: {entry} is none of {', '.join(PORTS)}")
        key = getattr(settings, KEYS[name])
        if key.get_secret_value() if isinstance(key, SecretStr) else key:
            detail = f"TTHC_STANDINS: {name} has keys of its own; take TTHC_{KEYS[name].upper()} away to try it"
            raise Misconfigured(ErrorCode.MISCONFIGURED, detail)
        found[name] = int(port or PORTS[name])
    return found


def prepare(settings: Settings, folder: Path) -> list[StandIn]:
    """The stand-ins that the setting names, ready to be started; their logs go to `folder`.  Raises as `wanted`."""
    return [_prepare(settings, folder, name, port) for name, port in wanted(settings).items()]


def _prepare(settings: Settings, folder: Path, name: str, port: int) -> StandIn:
    command = [sys.executable, "-m", f"connectors.standins.{name}", "--port", str(port)]
    if name != "telegram":  # it is told by the platform where to call
        command += ["--webhook", f"{settings.platform_url}/webhooks/{name}"]
    if name == "zalo":
        command += ["--refresh-token", secrets.token_urlsafe(16)]
    asked = [*command, "--settings"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - words of our own
    environ = dict(line.split("=", 1) for line in told.stdout.split())
    log, page = folder / f"standin-{name}.log", f"http://127.0.0.1:{port}/"
    service = Service(f"{name.title()} stand-in", command, log, page, {})
    return StandIn(name, port, service, environ)
