"""Opening the dossier systems of an installation: those that are set up run, those that are not are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from actions.clock import Clock
from actions.dossiers.igate import IGate
from actions.dossiers.ioc import OperationsCentre
from actions.dossiers.lgsp import DataExchange
from actions.dossiers.national_portal import NationalPortal
from actions.dossiers.remote import RemoteSystem
from knowledge_base.errors import Misconfigured

KINDS: dict[str, type[RemoteSystem]] = {
    kind.name: kind for kind in (NationalPortal, IGate, DataExchange, OperationsCentre)
}


@dataclass(frozen=True)
class Account:
    """How one system is reached."""

    url: str
    user: str
    password: str = field(repr=False)
    agency: str = ""
    login_url: str = ""


@dataclass(frozen=True)
class Opened:
    """`systems` run; `problems` tell, by system, why another does not."""

    systems: dict[str, RemoteSystem]
    problems: dict[str, str]


def open_systems(
    accounts: Mapping[str, Account], mappings: Path | None = None, timeout_s: float = 4, clock: Clock | None = None
) -> Opened:
    """
    Args:
        accounts: by the name of the system (`routing.NAMES`).
        mappings: a folder with mapping files that take the place of the project's own of the same name.
        timeout_s: longest wait for one call, in seconds.
    """
    opened = Opened({}, {})
    for name, account in accounts.items():
        kind = KINDS[name]
        try:
            opened.systems[name] = kind(
                account.url,
                user=account.user,
                password=account.password,
                agency=account.agency,
                login_url=account.login_url,
                timeout_s=timeout_s,
                mapping=kind.mapping_in(mappings),
                clock=clock,
            )
        except Misconfigured as error:
            opened.problems[name] = error.detail
    return opened
