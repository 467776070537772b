"""The page that lists codes for trying out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from string import Template

from actions.dossiers.model import statuses
from actions.dossiers.sandbox.data import SampleDossier
from actions.wording import say

_PAGE = Template("""<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1rem/1.6 system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem }
.wide { overflow-x: auto } table { border-collapse: collapse } th, td { border: 1px solid #767676; padding: .3rem }
th { text-align: left }
</style>
<main>
<h1>$title</h1>
<p>$lead</p>
<div class="wide" tabindex="0" role="region" aria-label="$title"><table>
<thead><tr>$head</tr></thead>
<tbody>
$rows
</tbody>
</table></div>
</main>
</html>
""")


def samples_page(samples: Sequence[SampleDossier], today: dt.date) -> str:
    """One row a dossier: code, last digits of the ID and of the phone, state."""
    heads = [say(f"dossiers.sandbox_{name}") for name in ("code", "id_tail", "phone_tail", "status")]
    return _PAGE.substitute(
        title=escape(say("dossiers.sandbox_title")),
        lead=escape(say("dossiers.sandbox_lead", date=f"{today:%d/%m/%Y}")),
        head="".join(f'<th scope="col">{escape(head)}</th>' for head in heads),
        rows="\n".join(_row(sample) for sample in samples),
    )


def _row(sample: SampleDossier) -> str:
    cells = [sample.code, sample.id_tail, sample.phone_tail, statuses()[sample.status].name]
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
