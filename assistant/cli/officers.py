"""`tthc officers …`: accounts of the counter page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.settings import settings

if TYPE_CHECKING:
    from assistant.staff.officers import Officer, Officers

officers = typer.Typer(help="Officers who use the counter page.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="User name, 3 to 32 of a-z 0-9 . _ -")]
Branch = Annotated[list[str], typer.Option("--branch", help="Branch such as CN01; may be given several times")]
Generate = Annotated[bool, typer.Option("--random", help="Make a password and print it once, instead of asking")]
Supervisor = Annotated[bool, typer.Option("--supervisor", help="May also see and export the audit trail")]


@officers.command()
def add(
    username: Username,
    name: Annotated[str, typer.Option(help="Name, as colleagues read it")],
    branch: Branch,
    supervisor: Supervisor = False,
    generate: Generate = False,
) -> None:
    """A new account."""
    from assistant.staff.officers import Role

    with _officers() as directory:
        password = _password(generate)
        role = Role.SUPERVISOR if supervisor else Role.OFFICER
        _tell(directory.add(username, name, role, branch, password))
    _show(generate, password)


@officers.command()
def change(
    username: Username,
    branch: Annotated[list[str] | None, typer.Option("--branch", help="All branches from now on")] = None,
    supervisor: Annotated[bool | None, typer.Option("--supervisor/--officer", help="The role from now on")] = None,
    enable: Annotated[bool, typer.Option("--enable", help="Let a disabled account in again")] = False,
) -> None:
    """Branches or role of an account, or a disabled one opened again."""
    from assistant.staff.officers import Role

    role = None if supervisor is None else Role.SUPERVISOR if supervisor else Role.OFFICER
    with _officers() as directory:
        _tell(directory.change(username, role, branch or (), enable))


@officers.command()
def disable(username: Username) -> None:
    """Closes an account and ends its sessions at once."""
    with _officers() as directory:
        _tell(directory.disable(username))


@officers.command()
def password(username: Username, generate: Generate = False) -> None:
    """A new password; ends the account's sessions."""
    with _officers() as directory:
        chosen = _password(generate)
        _tell(directory.set_password(username, chosen))
    _show(generate, chosen)


@officers.command("list")
def list_all() -> None:
    """All accounts."""
    with _officers() as directory:
        for officer in directory.all():
            _tell(officer)


@contextmanager
def _officers() -> Iterator[Officers]:
    from actions.appointments.branches import branches
    from actions.clock import SystemClock
    from actions.database import Database
    from assistant import migrate
    from assistant.staff.officers import Officers

    if migrate.current(settings().database) != migrate.head():
        migrate.upgrade(settings().database)
    database = Database(settings().database)
    try:
        yield Officers(database, branches(), SystemClock())
    finally:
        database.close()


def _password(generate: bool) -> str:
    from assistant.staff.passwords import random_password

    return random_password() if generate else typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _show(generate: bool, password: str) -> None:
    if generate:
        print(f"password (shown once): {password}")


def _tell(officer: Officer) -> None:
    state = "disabled" if officer.disabled else officer.role.value
    print(f"{officer.username:20} {state:10} {','.join(officer.branches):20} {officer.name}")
