"""The ticket of an appointment: as a message, as plain text, as QR code, as a calendar entry.

None of them holds personal data; links and QR codes carry the read-only key, never the secret.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Sequence
from typing import Protocol, cast
from urllib.parse import urlencode

import icalendar
import segno

from actions.appointments.branches import Branch
from actions.appointments.opening import Lane
from actions.appointments.port import Appointment, State
from actions.clock import HANOI
from actions.messages import Choice, FileMessage, Section, TicketMessage
from actions.wording import say

_QR_SCALE = 4
_QR_BORDER = 4  # modules of quiet zone, ISO/IEC 18004
_ALARMS = (dt.timedelta(days=-1), dt.timedelta(hours=-1))
_EVENT_STATES = {State.HELD: "TENTATIVE", State.CONFIRMED: "CONFIRMED"}


class _Qr(Protocol):
    def save(self, out: io.BytesIO, **options: object) -> None: ...


def say_date(moment: dt.datetime) -> str:
    """ "Thứ Hai, 23/11/2026", in Hanoi."""
    local = moment.astimezone(HANOI)
    return say("appointments.date", weekday=say(f"appointments.weekday_{local.weekday()}"), date=f"{local:%d/%m/%Y}")


def say_time(moment: dt.datetime) -> str:
    """ "08:15", in Hanoi."""
    return f"{moment.astimezone(HANOI):%H:%M}"


def ticket_message(
    appointment: Appointment,
    branch: Branch,
    secret: str,
    public_url: str,
    procedure: str = "",
    papers: Sequence[Section] = (),
) -> TicketMessage:
    """The ticket with all its facts in `text` too.

    `secret` is shown as it is given: pass it once, to the person who booked.  `public_url`: address of the assistant
    as citizens reach it, without it the QR code holds number and id and there is no link to the ticket's page.
    """
    choices = []
    if public_url and appointment.state is State.CONFIRMED:
        choices.append(Choice(title=say("appointments.page_link"), url=view_url(appointment, public_url)))
    if appointment.state is State.CONFIRMED and map_url(branch):
        choices.append(Choice(title=say("appointments.map_link"), url=map_url(branch)))
    return TicketMessage(
        text=ticket_text(appointment, branch, secret, procedure, papers),
        appointment_id=appointment.id,
        number=appointment.number,
        state=appointment.state.value,
        branch=branch.name,
        address=branch.shown_address,
        starts_at=appointment.starts_at.astimezone(HANOI),
        procedure=procedure,
        papers=list(papers),
        secret=secret,
        qr_svg=qr_svg(appointment, public_url),
        qr_content=qr_content(appointment, public_url),
        choices=choices,
    )


def ticket_text(
    appointment: Appointment, branch: Branch, secret: str = "", procedure: str = "", papers: Sequence[Section] = ()
) -> str:
    """Every fact of the ticket in plain words."""
    lines = [say(f"appointments.state_{appointment.state.value}")]
    if appointment.number:
        lines.append(say("appointments.number", number=appointment.number))
    lines.append(say("appointments.when", date=say_date(appointment.starts_at), time=say_time(appointment.starts_at)))
    lines.append(say("appointments.where", branch=branch.name))
    if branch.shown_address:
        lines.append(say("appointments.address", address=branch.shown_address))
    else:
        lines.append(say("appointments.address_unknown"))
    if appointment.lane is Lane.PRIORITY:
        lines.append(say("appointments.priority"))
    if procedure:
        lines.append(say("appointments.procedure", procedure=procedure))
    if appointment.state is State.HELD and appointment.expires_at:
        lines.append(say("appointments.held_until", time=say_time(appointment.expires_at)))
    if appointment.state is State.CONFIRMED:
        lines.append(say("appointments.bring"))
        for section in papers:
            lines.append(f"{section.heading}:")
            lines += [f"• {line}" for line in section.lines]
        if secret:
            lines.append(say("appointments.secret", secret=secret))
        lines.append(say("appointments.how_to_change"))
    return "\n".join(lines)


def view_url(appointment: Appointment, public_url: str) -> str:
    """The read-only page of a ticket."""
    return f"{public_url.rstrip('/')}/ve/{appointment.id}?key={appointment.view_key}"


def map_url(branch: Branch) -> str:
    """The verified address on a map; empty for a branch without one: nobody is sent to a guessed place."""
    if not branch.shown_address:
        return ""
    return f"https://www.google.com/maps/search/?{urlencode({'api': 1, 'query': branch.shown_address})}"


def calendar_file(appointment: Appointment, public_url: str) -> FileMessage | None:
    """The coming appointment as a file for the citizen's own calendar; None without an address of ours."""
    if not public_url or appointment.state is not State.CONFIRMED:
        return None
    name = f"lich-hen-{appointment.number}.ics" if appointment.number else "lich-hen.ics"
    path, title = f"/ve/{appointment.id}.ics?key={appointment.view_key}", say("appointments.add_to_calendar")
    return FileMessage.at(public_url, path, title=title, name=name, media_type="text/calendar")


def qr_content(appointment: Appointment, public_url: str) -> str:
    """The ticket's page with the number behind `#` for the counter's reader, or number and id."""
    if public_url:
        return f"{view_url(appointment, public_url)}#{appointment.number}"
    return f"{appointment.number} {appointment.id}".strip()


def qr_svg(appointment: Appointment, public_url: str) -> str:
    """The QR code as an SVG data URI, base64: what the web page accepts as a picture."""
    drawn = io.BytesIO()
    code = cast(_Qr, segno.make(qr_content(appointment, public_url), error="m", micro=False))
    code.save(drawn, kind="svg", scale=_QR_SCALE, border=_QR_BORDER, xmldecl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def ticket_calendar(appointment: Appointment, branch: Branch) -> str:
    """The appointment as iCalendar text (RFC 5545), reminders a day and an hour before.

    The same appointment always has the same UID: importing it again after a move or a cancellation updates the entry.
    """
    event = icalendar.Event()
    event.add("uid", f"{appointment.id}@tthc-assistant")
    event.add("sequence", appointment.version)
    event.add("dtstamp", appointment.updated_at.astimezone(dt.UTC))
    event.add("dtstart", appointment.starts_at.astimezone(dt.UTC))
    event.add("dtend", appointment.ends_at.astimezone(dt.UTC))
    event.add("summary", say("appointments.event", branch=branch.short_name, number=appointment.number))
    event.add("location", ", ".join(part for part in (branch.name, branch.shown_address) if part))
    event.add("description", ticket_text(appointment, branch))
    event.add("status", _EVENT_STATES.get(appointment.state, "CANCELLED"))
    if appointment.state is State.CONFIRMED:
        for before in _ALARMS:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", before)
            alarm.add("description", say("appointments.event", branch=branch.short_name, number=appointment.number))
            event.add_component(alarm)
    found = icalendar.Calendar()
    found.add("prodid", "-//tthc-assistant//appointments//VI")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add_component(event)
    return bytes(found.to_ical()).decode()
