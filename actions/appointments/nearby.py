"""Where to go: offices named, or near a place that was shared.  Knows no Rasa.

Distances are straight lines to the centre of a ward, and said so; an address is told only where it was verified.
"""

from __future__ import annotations

from collections.abc import Sequence

from actions.appointments.branches import CLOSE_KM, Branches, BranchMatch, MatchKind
from actions.appointments.ticket import map_url
from actions.messages import Behaviour, Choice, Command, LocationMessage, Place, Reply, Trace
from actions.wording import say

BUTTONS = 3


def near_reply(branches: Branches, lat: float, lon: float) -> Reply:
    """The offices within 5 km first, then the nearest branches that take bookings; WGS 84 degrees."""
    matches = branches.around(lat, lon)
    if not matches:
        return _all_reply(branches, say("booking.place_outside"))
    close = [match for match in matches if (match.distance_km or 0.0) <= CLOSE_KM]
    further = [match for match in matches if match not in close]
    parts = [say("booking.branches_close", km=round(CLOSE_KM), lines=_lines(close)) if close else ""]
    if further:
        none_close = "" if close else say("booking.none_close", km=round(CLOSE_KM))
        parts += [none_close, say("booking.branches_further", lines=_lines(further))]
    parts += [say("booking.distance_note"), say("answers.where_anywhere")]
    return _reply("\n".join(part for part in parts if part), matches, _choices(matches))


def named_reply(branches: Branches, matches: Sequence[BranchMatch]) -> Reply:
    """The offices that were named; all branches, and a way to share where one is, when none was."""
    if not matches:
        return _all_reply(branches)
    return _reply(say("booking.branches_found", lines=_lines(matches)), matches, _choices(matches))


def _all_reply(branches: Branches, before: str = "") -> Reply:
    matches = [BranchMatch(branch, MatchKind.NUMBER) for branch in branches.all(bookable=True)]
    text = say("booking.branches_all", count=len(matches), lines=_lines(matches))
    return _reply(f"{before}\n{text}".strip(), matches, [], request=True)


def _reply(text: str, matches: Sequence[BranchMatch], choices: list[Choice], request: bool = False) -> Reply:
    places = [
        Place(
            id=m.branch.id,
            name=m.branch.name,
            address=m.branch.shown_address,
            distance_km=m.distance_km,
            map_url=map_url(m.branch),
        )
        for m in matches
    ]
    message = LocationMessage(text=text, places=places, choices=choices, request=request)
    return Reply(messages=[message], trace=Trace(behaviour=Behaviour.ANSWER, aspect="where"))


def _choices(matches: Sequence[BranchMatch]) -> list[Choice]:
    bookable = [match.branch for match in matches if match.branch.bookable][:BUTTONS]
    return [
        Choice(title=branch.short_name, command=Command(intent="choose_branch", entities={"branch": branch.id}))
        for branch in bookable
    ]


def _lines(matches: Sequence[BranchMatch]) -> str:
    return "\n".join(_line(match) for match in matches)


def _line(match: BranchMatch) -> str:
    address = match.branch.shown_address
    far = "" if match.distance_km is None else f"{match.distance_km:.1f}".replace(".", ",")
    return say(
        "booking.branch_line",
        name=match.branch.name,
        address=say("booking.branch_address", address=address) if address else "",
        distance=f" {say('booking.branch_distance', distance=far)}" if far else "",
    )
