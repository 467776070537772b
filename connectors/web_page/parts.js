// What several kinds of message share: sections of lines, the source of their facts, and rows of buttons.

import { el, hidden, icon, linked, outLink, safeUrl } from "./dom.js";
import { plainDate, t } from "./strings.js";

export function sourceLine(source) {
  if (!source) return null;
  const url = safeUrl(source.url);
  const facts = [
    source.code ? t("card.code", { code: source.code }) : null,
    source.name || null,
    source.decision || null,
    source.data_date ? t("card.data_date", { date: plainDate(source.data_date) }) : null,
  ].filter(Boolean);
  return el("p", { class: "source" },
    el("span", { text: `${t("card.source")}: ${facts.join(" · ")}` }),
    url ? " " : null,
    url ? outLink(url, t("card.open_source"), t("log.new_tab")) : null);
}

/** Lines under a heading, folded where the section says so. */
export function section(part) {
  const body = lines(part.lines || [], part.style);
  if (part.folded) {
    return el("details", { class: "section" },
      el("summary", {}, icon("fold"), el("span", { text: part.heading ? `${t("card.more")}: ${part.heading}` : t("card.more") })),
      body);
  }
  return el("div", { class: "section" }, part.heading ? el("h3", { text: part.heading }) : null, body);
}

function lines(list, style) {
  if (style === "steps") return el("ol", { class: "steps" }, ...list.map((line) => el("li", {}, ...links(line))));
  if (style === "list") return el("ul", {}, ...list.map((line) => el("li", {}, ...links(line))));
  return el("div", { class: "plain" }, ...list.map((line) => el("p", {}, ...links(line))));
}

/** The parts of a line, its addresses as links. */
export const links = (line) => linked(line, t("log.new_tab"));

/** A row of buttons, one use for all of them.  They stay focusable after use, so that the keyboard is not lost. */
export function choiceRow(list, act) {
  if (!list || !list.length) return null;
  const row = el("div", { class: "chips", role: "group", "aria-label": t("log.choices") });
  for (const choice of list) row.append(choice.url ? linkChip(choice) : choiceChip(choice, row, act));
  return row;
}

function linkChip(choice) {
  const url = safeUrl(choice.url);
  if (!url) return el("span", { class: "chip off", text: choice.title });
  return outLink(url, choice.title, t("log.new_tab"), { class: "chip" });
}

function choiceChip(choice, row, act) {
  const button = el("button", { type: "button", class: "chip" }, choice.icon ? icon(choice.icon) : null, el("span", { text: choice.title }));
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    spend(row, button);
    act.choose(choice);
  });
  return button;
}

/** Closes a row of choices; `taken` is the one that was pressed, if any. */
export function spend(row, taken = null) {
  for (const button of row.querySelectorAll("button.chip")) button.setAttribute("aria-disabled", "true");
  if (taken) {
    taken.classList.add("taken");
    taken.append(hidden(` (${t("log.chosen")})`));
  }
}
