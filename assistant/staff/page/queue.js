// The lists of the day.  A row is built anew only when it changed, so that focus and reading stay where they are.

import { el, hidden } from "../../chat/dom.js";
import { hour, t } from "./words.js";

const GROUP_OF = { expected: "expected", called: "called", served: "served", missed: "missed" };
const SHOWN_MS = 30000; // a whole phone number disappears again

export class Queue {
  /** `act(name, visit)` is called for every button of a row. */
  constructor(act) {
    this.act = act;
    this.rows = new Map();
    this.phones = new Map();
    this.visits = [];
    this.found = null;
  }

  show(visits) {
    this.visits = visits;
    const groups = { called: [], priority: [], ordinary: [], expected: [], missed: [], served: [] };
    for (const visit of visits) groups[GROUP_OF[visit.state] || visit.lane].push(visit);
    groups.called.sort((a, b) => b.called_at.localeCompare(a.called_at));
    groups.served.sort((a, b) => b.done_at.localeCompare(a.done_at));
    const kept = this.focus();
    const used = new Set();
    for (const [name, list] of Object.entries(groups)) this.fill(name, list, used);
    this.fillFound(used);
    for (const key of this.rows.keys()) if (!used.has(key)) this.rows.delete(key);
    this.restore(kept);
  }

  /** Shows search results by id, as long as they stand; null closes them. */
  find(ids) {
    this.found = ids;
    this.show(this.visits);
  }

  showPhone(id, phone) {
    this.phones.set(id, phone);
    this.show(this.visits);
    setTimeout(() => {
      this.phones.delete(id);
      this.show(this.visits);
    }, SHOWN_MS);
  }

  forget() {
    this.phones.clear();
    this.found = null;
    this.show([]);
  }

  fill(name, list, used) {
    const group = document.getElementById(name);
    group.querySelector(".count").textContent = `(${list.length})`;
    group.querySelector(".empty").hidden = list.length > 0;
    this.place(group.querySelector(".visits"), list.map((visit) => this.row(visit, "", used)));
  }

  fillFound(used) {
    const group = document.getElementById("found");
    group.hidden = this.found === null;
    const list = this.visits.filter((visit) => this.found && this.found.includes(visit.id));
    this.place(group.querySelector(".visits"), list.map((visit) => this.row(visit, "found-", used)));
  }

  /** Puts `nodes` into `list` in order, moving none that stands right. */
  place(list, nodes) {
    const wanted = new Set(nodes);
    for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, index) => {
      if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null);
    });
  }

  row(visit, prefix, used) {
    const key = prefix + visit.id;
    const phone = this.phones.get(visit.id) || "";
    const sign = JSON.stringify([visit, phone]);
    used.add(key);
    const known = this.rows.get(key);
    if (known && known.sign === sign) return known.node;
    const node = this.build(visit, phone);
    this.rows.set(key, { sign, node });
    return node;
  }

  build(visit, phone) {
    const badges = [
      visit.walk_in && t("visit.walk_in"),
      visit.lane === "priority" && visit.state !== "waiting" && t("visit.priority"),
      visit.desk && visit.state === "called" && t("visit.desk", { desk: visit.desk }),
    ].filter(Boolean);
    const times = [
      t("visit.slot", { time: hour(visit.starts_at) }),
      visit.arrived_at && t("visit.arrived", { time: hour(visit.arrived_at) }),
      visit.called_at && `${t("visit.called", { time: hour(visit.called_at) })} (${t("visit.calls", visit)})`,
      visit.done_at && t("visit.done", { time: hour(visit.done_at) }),
    ].filter(Boolean);
    return el(
      "li",
      { class: `visit is-${visit.state}`, "data-id": visit.id, "data-number": visit.number },
      el("p", { class: "number", text: visit.number }),
      el(
        "div",
        { class: "person" },
        el("p", { class: visit.name ? "name" : "name muted", text: visit.name || t("visit.no_name") }),
        el("p", { class: "times", text: times.join(" · ") }),
        visit.procedure ? el("p", { class: "procedure", text: visit.procedure }) : null,
        this.phone(visit, phone),
        badges.length ? el("p", { class: "badges" }, ...badges.map((text) => el("span", { class: "badge", text }))) : null,
      ),
      el("div", { class: "acts" }, ...this.buttons(visit)),
    );
  }

  phone(visit, whole) {
    if (!visit.phone_end) return null;
    if (whole) return el("p", { class: "phone" }, hidden(`${t("visit.phone")} `), el("strong", { text: whole }));
    const mask = el("span", { "aria-hidden": "true", text: `••• ••• •${visit.phone_end}` });
    const told = hidden(t("visit.phone_masked", { end: visit.phone_end }));
    return el("p", { class: "phone" }, mask, told, this.button("phone", "visit.show_phone", visit, "small"));
  }

  buttons(visit) {
    const make = (name, word, kind = "") => this.button(name, word, visit, kind);
    switch (visit.state) {
      case "expected":
        return [make("here", "act.here", "primary"), make("here_priority", "act.here_priority")];
      case "waiting":
        return [make("call", "act.call", "primary"), make("lane", visit.lane === "priority" ? "act.to_ordinary" : "act.to_priority")];
      case "called":
        return [make("served", "act.served", "primary"), visit.calls < 3 ? make("call", "act.again") : make("missed", "act.missed")];
      case "missed":
        return [make("here", "act.back")];
      default:
        return [];
    }
  }

  button(name, word, visit, kind) {
    const label = t("act.of", { act: t(word), number: visit.number });
    const props = { class: `button ${kind}`, type: "button", "data-act": name, "aria-label": label };
    return el("button", { ...props, on: { click: () => this.act(name, visit) } }, t(word));
  }

  /** Which button of which row has the focus. */
  focus() {
    const row = document.activeElement && document.activeElement.closest(".visit");
    return row && { id: row.dataset.id, act: document.activeElement.dataset.act, list: row.parentNode };
  }

  restore(kept) {
    if (!kept || document.activeElement !== document.body) return;
    const rows = [...document.querySelectorAll(`.visit[data-id="${kept.id}"]`)];
    const row = rows.find((one) => one.parentNode === kept.list) || rows[0];
    const same = row && row.querySelector(`[data-act="${kept.act}"]`);
    (same || (row && row.querySelector(".acts button")) || document.getElementById("scan")).focus();
  }
}
