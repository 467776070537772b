// A list of papers to bring, and what else to know.  Ticks stay in this browser, under the procedure they belong to.

import { el, icon, printOnly } from "./dom.js";
import { choiceRow, section, sourceLine } from "./parts.js";
import { lasting, newId, readJson } from "./storage.js";
import { t } from "./strings.js";

const TICKS = "tthc.ticks";

export function forgetTicks() {
  lasting.drop(TICKS);
}

export function checklist(message, act) {
  const name = `${(message.source && message.source.code) || ""}|${message.title}`;
  const total = message.items.length;
  const progress = el("p", { class: "progress", role: "status" });
  const bar = el("progress", { max: total, "aria-hidden": "true" });
  const ticked = () => new Set(readJson(lasting, TICKS, {})[name] || []);
  const show = () => {
    const done = message.items.filter((item) => ticked().has(key(item))).length;
    progress.textContent = t("checklist.progress", { done, total });
    bar.value = done;
  };
  const tick = (item, on) => {
    const all = readJson(lasting, TICKS, {});
    const mine = new Set(all[name] || []);
    if (on) mine.add(key(item));
    else mine.delete(key(item));
    all[name] = [...mine];
    lasting.set(TICKS, JSON.stringify(all));
    show();
  };
  const node = el("section", { class: "card checklist" },
    el("h2", { text: message.title }),
    total ? el("div", { class: "progress-line" }, bar, progress) : null);
  const before = ticked();
  for (const [heading, items] of byCase(message.items)) {
    const headingId = `case-${newId()}`;
    if (heading) node.append(el("h3", { id: headingId, text: heading }));
    node.append(el("ul", { class: "ticks", "aria-labelledby": heading ? headingId : null },
      ...items.map((item) => row(item, before.has(key(item)), tick))));
  }
  const print = el("button", { type: "button", class: "chip", on: { click: () => printOnly(node) } },
    icon("print"), el("span", { text: t("checklist.print") }));
  node.append(...(message.sections || []).map(section));
  node.append(...[sourceLine(message.source), el("div", { class: "chips tools" }, print), choiceRow(message.choices, act)].filter(Boolean));
  show();
  return node;
}

function row(item, on, tick) {
  const box = el("input", { type: "checkbox", checked: on, on: { change: () => tick(item, box.checked) } });
  const facts = [
    item.originals ? t("checklist.originals", { count: item.originals }) : null,
    item.copies ? t("checklist.copies", { count: item.copies }) : null,
    item.form ? t("checklist.form", { form: item.form }) : null,
  ].filter(Boolean);
  return el("li", {}, el("label", {},
    box,
    el("span", {},
      el("span", { class: "tick-label", text: item.label }),
      facts.length ? el("span", { class: "muted", text: facts.join(" · ") }) : null)));
}

const key = (item) => `${item.case || ""}|${item.label}`;

/** [[case, items]] in the order the cases first appear. */
function byCase(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.case || "", [...(groups.get(item.case || "") || []), item]);
  return [...groups];
}
