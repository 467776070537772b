"""A kept checklist as a page for paper."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from actions.cases.checklist import paper_sections
from actions.cases.desk import CaseDesk
from actions.messages import ChecklistMessage, Section
from actions.procedures.answers import source_text
from actions.wording import say, say_error
from assistant.api.pages import PlainPage
from knowledge_base.errors import NotFound

_STYLE = (
    "body{font:1.0625rem/1.5 sans-serif;max-width:44rem;margin:0 auto;padding:1rem;color:#111;background:#fff}"
    "h1{font-size:1.375rem}h2{font-size:1.0625rem;margin:1.25rem 0 .25rem;break-after:avoid}"
    "ul{margin:0;padding:0;list-style:none}li{padding:.25rem 0 .25rem 1.75rem;position:relative;break-inside:avoid}"
    "li::before{content:'\\2022';position:absolute;left:.5rem}"
    ".papers li::before{content:'';left:0;top:.55em;width:.8em;height:.8em;border:1.5px solid #111}"
    "footer{margin-top:1.5rem;border-top:1px solid #767676;font-size:.9375rem;white-space:pre-line}"
    "@page{size:A4;margin:15mm}@media print{body{font-size:11pt;padding:0;max-width:none}.screen{display:none}}"
)
_PAGE = PlainPage(_STYLE, private=True)

ListId = Annotated[str, Path(pattern="^[a-z2-7]{26}$")]


def router(desk: CaseDesk) -> APIRouter:
    routes = APIRouter(tags=["checklists"])

    @routes.get("/danh-sach/{list_id}", response_class=HTMLResponse)
    def page(list_id: ListId) -> HTMLResponse:
        """The list as a page to print.  Its address is opaque and ends with the list; nothing of it is an action."""
        try:
            made = desk.shown(list_id)
        except NotFound as error:
            body = f"<p>{escape(say_error(error))}</p>"
            return _PAGE.answer(say("cases.page_gone"), body, error.http_status)
        return _PAGE.answer(made.title, _body(made))

    return routes


def _body(made: ChecklistMessage) -> str:
    papers = "".join(_section(section, "papers") for section in paper_sections(made))
    told = "".join(_section(section, "told") for section in made.sections)
    source = f"<footer>{escape(source_text(made.source))}</footer>" if made.source else ""
    return f'<p class="screen">{escape(say("cases.page_how_to_print"))}</p>{papers}{told}{source}'


def _section(section: Section, kind: str) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in section.lines)
    return f'<section class="{kind}"><h2>{escape(section.heading)}</h2><ul>{lines}</ul></section>'
