// What goes to the printer: the day list, and the slip of a number given at the counter.  print.css shows nothing else.

import { el } from "../../chat/dom.js";
import { date, hour, t } from "./words.js";

const COLUMNS = ["number", "time", "name", "phone", "procedure", "lane", "state", "note"];

export function printDay(day, branch, officer, time) {
  const rows = [...day.visits].sort((a, b) => a.starts_at.localeCompare(b.starts_at) || a.number.localeCompare(b.number));
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...COLUMNS.map((name) => el("th", { scope: "col", text: t(`paper.${name}`) })))),
    el("tbody", {}, ...rows.map((visit) => el("tr", {}, ...cells(visit).map((text) => el("td", { text }))))),
  );
  print(
    el("p", { text: branch }),
    el("h2", { text: t("paper.title", { date: date(day.date) }) }),
    table,
    el("p", { text: t("paper.printed", { time, name: officer }) }),
  );
}

export function printSlip(visit, branch) {
  print(
    el("div", { class: "slip" },
      el("p", { text: branch }),
      el("p", { text: t("paper.slip_number") }),
      el("p", { class: "slip-number", text: visit.number }),
      el("p", { text: t("paper.slip_given", { date: date(visit.arrived_at.slice(0, 10)), time: hour(visit.arrived_at) }) }),
      visit.starts_at > visit.arrived_at ? el("p", { text: t("paper.slip_from", { time: hour(visit.starts_at) }) }) : null,
      visit.lane === "priority" ? el("p", { text: t("lane.priority") }) : null,
      el("p", { text: t("paper.slip_hint") }),
    ),
  );
}

function cells(visit) {
  const phone = visit.phone_end ? `•••••••${visit.phone_end}` : "";
  const lane = t(`lane.${visit.lane}`);
  return [visit.number, hour(visit.starts_at), visit.name, phone, visit.procedure, lane, t(`visit.states.${visit.state}`), ""];
}

function print(...parts) {
  const paper = document.getElementById("paper");
  paper.replaceChildren(...parts);
  window.addEventListener("afterprint", () => paper.replaceChildren(), { once: true });
  window.print();
}
