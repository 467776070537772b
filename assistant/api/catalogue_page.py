"""What the catalogue in use can and cannot tell, for officers and as JSON: the counts of `tthc catalogue check`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from actions.wording import say, sentences
from assistant.api.pages import PlainPage
from knowledge_base.catalogue_check import CatalogueCheck, check
from knowledge_base.search import ProcedureSearch

EXAMPLES = 3
GROUPS = 50
NUMERIC = {"stated", "doubtful", "missing", "procedures"}
_STYLE = """:root{color-scheme:light dark}
body{font:1.0625rem/1.6 sans-serif;max-width:64rem;margin:0 auto;padding:1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8a97a8;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.95em}"""
_PAGE = PlainPage(_STYLE, private=False)


def router(search: Callable[[], ProcedureSearch]) -> APIRouter:
    """Routes are plain functions: the server runs them in threads.  One catalogue is counted once."""
    routes = APIRouter(tags=["catalogue"])
    counted: list[tuple[ProcedureSearch, CatalogueCheck, str]] = []

    def current() -> tuple[CatalogueCheck, str]:
        used = search()
        if not counted or counted[0][0] is not used:
            found = check(used)
            counted[:] = [(used, found, page(found, _dates(used)))]
        return counted[0][1:]

    @routes.get("/api/v1/catalogue")
    def read_check() -> CatalogueCheck:
        """Trust of each field, faults with the codes that bear them, names almost alike."""
        return current()[0]

    @routes.get("/catalogue", response_class=HTMLResponse)
    def read_page() -> HTMLResponse:
        """The same for people."""
        return _PAGE.answer(say("catalogue_page.title"), current()[1])

    return routes


def page(found: CatalogueCheck, dates: tuple[str, str] | None) -> str:
    """The page's body; every value is text, never markup."""
    lead = [say("catalogue_page.intro", total=_number(found.total))]
    if found.names_only:
        lead.append(say("catalogue_page.names_only", count=_number(found.names_only)))
    if found.joined:
        lead.append(say("catalogue_page.joined", count=_number(found.joined)))
    if dates:
        lead.append(say("catalogue_page.dates", first=dates[0], last=dates[1]))
    trust = [
        (
            _known(f"catalogue_page.field_{field.replace(' ', '_')}", field),
            states.stated,
            states.doubtful,
            states.missing,
        )
        for field, states in found.trust.items()
    ]
    layouts = [(_known(f"catalogue_page.layout_{layout}", layout), count) for layout, count in found.layouts.items()]
    faults = [
        (
            fault.problem,
            _known(f"catalogue_page.action_{fault.action}", fault.action),
            ", ".join(fault.codes[:EXAMPLES]),
            len(fault.codes),
        )
        for fault in found.faults
    ]
    same = sum(group.identical for group in found.alike)
    alike = [
        (group.procedures[0].name, ", ".join(item.code for item in group.procedures)) for group in found.alike[:GROUPS]
    ]
    parts = [
        f"<p>{escape(' '.join(lead))}</p>",
        _table("trust", ("field", "stated", "doubtful", "missing"), trust),
        _table("layouts", ("layout", "procedures"), layouts),
        _table("faults", ("fault", "action", "examples", "procedures"), faults),
        _table("alike", ("name", "codes"), alike, say("catalogue_page.alike_line", count=len(found.alike), same=same)),
    ]
    return "".join(parts)


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]], line: str = "") -> str:
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(
        f"<th scope=col{' class=n' if column in NUMERIC else ''}>{escape(say(f'catalogue_page.{column}'))}</th>"
        for column in columns
    )
    lead = f"<p>{escape(line)}</p>" if line else ""
    title = escape(say(f"catalogue_page.{heading}"))
    return (
        f'<h2>{title}</h2>{lead}<div class="wide" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: str | int) -> str:
    return f'<td class="n">{_number(value)}</td>' if isinstance(value, int) else f"<td>{escape(value)}</td>"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _known(key: str, otherwise: str) -> str:
    return sentences().get(key, otherwise)


def _dates(search: ProcedureSearch) -> tuple[str, str] | None:
    days = sorted(procedure.source.data_date for procedure in search if procedure.source.data_date)
    return (f"{days[0]:%d/%m/%Y}", f"{days[-1]:%d/%m/%Y}") if days else None
