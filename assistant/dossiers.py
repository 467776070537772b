"""The dossier systems the settings name: opened, and what is wrong with the others said by the setting's name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog
from pydantic import SecretStr

from actions.clock import Clock
from actions.dossiers.port import DossierSystem
from actions.dossiers.remote import RemoteSystem
from actions.dossiers.routing import ROUTES, RoutedSystems, load_routes
from actions.dossiers.systems import Account, open_systems
from assistant.settings import Settings

log = structlog.get_logger()
# what each system needs, by the fields of the settings
NEEDED = {
    "portal": ("dossier_user", "dossier_password"),
    "igate": ("dossier_igate_user", "dossier_igate_password"),
    "lgsp": ("dossier_lgsp_user", "dossier_lgsp_password", "dossier_lgsp_agency"),
    "ioc": ("dossier_ioc_user", "dossier_ioc_password"),
}
URLS = {"portal": "dossier_url", **{name: f"dossier_{name}_url" for name in ("igate", "lgsp", "ioc")}}


def wanted(settings: Settings) -> tuple[dict[str, Account], dict[str, str]]:
    """The systems whose address is set and whose keys are whole; and by name what the others lack."""
    accounts: dict[str, Account] = {}
    problems: dict[str, str] = {}
    for name, url in URLS.items():
        if not getattr(settings, url):
            continue
        missing = [setting_name(field) for field in NEEDED[name] if not _value(settings, field)]
        if missing:
            problems[name] = f"not set: {', '.join(missing)}"
            continue
        part = "dossier_" if name == "portal" else f"dossier_{name}_"
        accounts[name] = Account(
            url=getattr(settings, url),
            user=_value(settings, f"{part}user"),
            password=_value(settings, f"{part}password"),
            agency=_value(settings, f"{part}agency"),
            login_url=_value(settings, f"{part}login_url"),
        )
    if settings.uses_sandbox:
        password = settings.secret("dossier_password")
        accounts["portal"] = Account(settings.dossier_address, settings.dossier_user, password, settings.dossier_agency)
    return accounts, problems


def open_dossiers(settings: Settings, clock: Clock) -> RoutedSystems:
    """Every system that can be opened; what is wrong with another is logged, and the others run.

    Raises:
        Misconfigured: the table of routes.
    """
    accounts, problems = wanted(settings)
    folder = Path(settings.dossier_mappings) if settings.dossier_mappings else None
    opened = open_systems(accounts, folder, settings.dossier_timeout_s, clock)
    for name, problem in {**problems, **opened.problems}.items():
        log.error("dossier system not set up", system=name, problem=problem)
    routes = Path(settings.dossier_routes) if settings.dossier_routes else ROUTES
    return RoutedSystems(opened.systems, load_routes(routes))


async def try_keys(systems: Mapping[str, DossierSystem]) -> None:
    """Logs in everywhere once, at start; what is refused is logged with the settings to look at."""

    async def one(name: str, system: RemoteSystem) -> None:
        if reason := await system.try_login():
            settings = ", ".join(setting_name(field) for field in (URLS[name], *NEEDED[name]))
            log.error("dossier system not reached", system=name, reason=reason, settings=settings)

    await asyncio.gather(*(one(name, system) for name, system in systems.items() if isinstance(system, RemoteSystem)))


def setting_name(field: str) -> str:
    return f"TTHC_{field.upper()}"


def _value(settings: Settings, field: str) -> str:
    value = getattr(settings, field, "")
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
