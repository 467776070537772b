"""A ticket as a page: what the QR code and the link open.  To read and print; to move and cancel with the secret.

The link's key only reads.  A change wants the secret in the body of a form, counted and compared by the booking system;
the answer is a page again, so it works without script, from any phone or computer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from html import escape
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from actions.appointments.branches import Branches
from actions.appointments.port import Appointment, BookingPort, State
from actions.appointments.ticket import map_url, say_date, say_time, ticket_text
from actions.clock import HANOI
from actions.messages import Section
from actions.wording import say, say_error
from assistant.api.pages import PlainPage
from knowledge_base.errors import BadInput, ErrorCode, NotFound, TthcError

OpenDates = Callable[[str], list[dt.date]]
PapersOf = Callable[[str], list[Section]]
ViewKey = Annotated[str, Query(min_length=8, max_length=64, description="Read-only key, from the ticket's link")]
BODY_LIMIT = 2_000
SECRET_LIMIT = 40
_PAGE = PlainPage(
    "body{font:1.125rem/1.6 sans-serif;max-width:40rem;margin:0 auto;padding:1rem;color:#111;background:#fff}"
    "form{margin-top:1.5rem;padding:1rem;border:1px solid #767676;border-radius:.5rem}label{display:block}"
    "input,select,button{font:inherit;padding:.5rem;margin:.25rem 0 .75rem;max-width:100%;box-sizing:border-box}"
    ".said{font-weight:bold}@media print{form,.screen{display:none}}",
    private=True,
    forms=True,
)


def router(
    booking: BookingPort,
    branches: Branches,
    open_dates: OpenDates = lambda _: [],
    papers_of: PapersOf = lambda _: [],
) -> APIRouter:
    """`open_dates`: days a branch takes bookings for now; `papers_of`: the papers of an appointment's checklist."""
    routes = APIRouter(tags=["appointments"])

    @routes.get("/ve/{appointment_id}", response_class=HTMLResponse)
    def page(appointment_id: str, key: ViewKey) -> HTMLResponse:
        """The ticket as a plain page, where the QR code leads."""
        return _html(_ticket(booking.view(appointment_id, key)))

    @routes.post("/ve/{appointment_id}/doi", response_class=HTMLResponse)
    async def move(appointment_id: str, request: Request) -> HTMLResponse:
        """Moves the appointment: form fields `key`, `secret` and `starts_at` (ISO 8601)."""
        given = await _form(request)
        try:
            new_start = dt.datetime.fromisoformat(given.get("starts_at", ""))
        except ValueError:
            return await _refused(appointment_id, given, BadInput(ErrorCode.SLOT_CLOSED))
        said = say("appointments.page_moved")
        return await _changed(
            appointment_id, given, lambda: booking.move(appointment_id, given["secret"], new_start), said
        )

    @routes.post("/ve/{appointment_id}/huy", response_class=HTMLResponse)
    async def cancel(appointment_id: str, request: Request) -> HTMLResponse:
        """Cancels the appointment: form fields `key` and `secret`."""
        given = await _form(request)
        said = say("appointments.page_cancelled")
        return await _changed(appointment_id, given, lambda: booking.cancel(appointment_id, given["secret"]), said)

    async def _changed(
        appointment_id: str, given: dict[str, str], change: Callable[[], Appointment], said: str
    ) -> HTMLResponse:
        try:
            changed = await asyncio.to_thread(change)
        except TthcError as error:
            return await _refused(appointment_id, given, error)
        return _html(await asyncio.to_thread(_ticket, changed, said))

    async def _refused(appointment_id: str, given: dict[str, str], error: TthcError) -> HTMLResponse:
        """The ticket again with what went wrong above it, for who holds its link; else the sentence alone."""
        try:
            known = await asyncio.to_thread(booking.view, appointment_id, given["key"])
        except NotFound:
            return _html((say("appointments.page_title", number=""), _said(say_error(error))), error.http_status)
        return _html(await asyncio.to_thread(_ticket, known, say_error(error)), error.http_status)

    def _ticket(found: Appointment, said: str = "") -> tuple[str, str]:
        """Title and body."""
        branch = branches.get(found.branch_id)
        lines = ticket_text(found, branch, papers=papers_of(found.id)).splitlines()
        body = _said(said) + "".join(f"<p>{escape(line)}</p>" for line in lines)
        place = map_url(branch)
        if place:
            link = f'<a href="{escape(place)}" rel="noreferrer">{escape(say("appointments.map_link"))}</a>'
            body += f'<p class="screen">{link}</p>'
        if found.state is State.CONFIRMED:
            body += _move_form(found) + _cancel_form(found)
        return say("appointments.page_title", number=found.number), body

    def _move_form(found: Appointment) -> str:
        options = []
        for day in open_dates(found.branch_id):
            for slot in booking.slots(found.branch_id, day):
                if slot.free and slot.starts_at != found.starts_at:
                    title = f"{say_time(slot.starts_at)}, {say_date(slot.starts_at)}"
                    value = slot.starts_at.astimezone(HANOI).isoformat()
                    options.append(f'<option value="{escape(value)}">{escape(title)}</option>')
        if not options:
            return ""
        label = escape(say("appointments.page_new_time"))
        choice = f'<label for="starts_at">{label}</label><select id="starts_at" name="starts_at" required>'
        return _secret_form(found, "doi", f"{choice}{''.join(options)}</select>", say("appointments.page_move"))

    def _cancel_form(found: Appointment) -> str:
        return _secret_form(found, "huy", "", say("appointments.page_cancel"))

    return routes


def _secret_form(found: Appointment, act: str, fields: str, button: str) -> str:
    label = f'<label for="secret-{act}">{escape(say("appointments.page_secret"))}</label>'
    secret = f'<input id="secret-{act}" name="secret" required maxlength="{SECRET_LIMIT}" autocomplete="off">'
    key = f'<input type="hidden" name="key" value="{escape(found.view_key)}">'
    press = f'<p><button type="submit">{escape(button)}</button></p>'
    return f'<form method="post" action="/ve/{escape(found.id)}/{act}">{fields}{label}{secret}{key}{press}</form>'


async def _form(request: Request) -> dict[str, str]:
    """`key`, `secret` and the other fields of a short form, each once; missing ones empty."""
    body = (await request.body())[:BODY_LIMIT]
    given = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    secret = given.get("secret", "").strip()[:SECRET_LIMIT]
    return {**given, "secret": secret, "key": given.get("key", "")[:64]}


def _said(text: str) -> str:
    return f'<p class="said" role="status">{escape(text)}</p>' if text else ""


def _html(told: tuple[str, str], status: int = 200) -> HTMLResponse:
    title, body = told
    return _PAGE.answer(title.strip(), body, status)
