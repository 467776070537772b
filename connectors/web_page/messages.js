// One function a message type.  Each takes a message and `act`, the things a citizen can do with it, and gives a node.
//
// `act.choose(choice)` says what a button means; `act.locate(button)` shares where the citizen is.

import { checklist } from "./checklist.js";
import { el, icon, outLink, safeUrl } from "./dom.js";
import { choiceRow, links, section, sourceLine } from "./parts.js";
import { decimal, t } from "./strings.js";
import { ticket } from "./ticket.js";

const RENDER = { text, choices, card, checklist, ticket, location, file, notice };

/** The node of a message.  A type this page does not know yet is shown by its plain text. */
export function render(message, act) {
  const node = (RENDER[message.type] || text)(message, act);
  node.dataset.type = message.type;
  return node;
}

function text(message) {
  return el("div", { class: "bubble" }, ...paragraphs(message.text));
}

function choices(message, act) {
  return el("div", { class: "stack" }, text(message), choiceRow(message.choices, act));
}

/** Words that nobody asked for just now: their kind stands above them. */
function notice(message, act) {
  const kind = el("p", { class: "notice-kind", text: t(`notice.${message.reason}`) });
  return el("div", { class: "stack" }, kind, text(message), choiceRow(message.choices, act));
}

function card(message, act) {
  const sections = message.sections || [];
  return el("section", { class: "card" },
    el("h2", { text: message.title }),
    ...(sections.length ? sections.map(section) : paragraphs(message.text)),
    sourceLine(message.source),
    choiceRow(message.choices, act));
}

function location(message, act) {
  const places = message.places || [];
  const node = el("section", { class: places.length ? "card" : "stack" });
  if (places.length) {
    const notes = message.text.split("\n").filter((line) => line && !line.startsWith("•") && !line.endsWith(":"));
    node.append(el("h2", { text: t("location.places") }), el("ul", { class: "places" }, ...places.map(place)),
      ...notes.map((line) => el("p", { class: "muted", text: line })));
  } else {
    node.append(text(message));
  }
  if (message.request) {
    const button = el("button", { type: "button", class: "chip strong" }, icon("pin"), el("span", { text: t("location.share") }));
    button.addEventListener("click", () => act.locate(button));
    node.append(el("div", { class: "chips" }, button));
  }
  const row = choiceRow(message.choices, act);
  if (row) node.append(row);
  return node;
}

/** A file of ours: a calendar entry is saved, a page for paper is opened. */
function file(message) {
  const url = safeUrl(message.url);
  if (!url) return text(message);
  const saved = message.media_type === "text/calendar";
  const says = saved ? t("file.save") : t("file.open");
  return el("section", { class: "card file" },
    icon(saved ? "calendar" : "print"),
    el("div", { class: "file-text" }, el("h2", { text: message.title }), el("p", { class: "muted", text: message.name })),
    outLink(url, says, `${message.title}, ${t("log.new_tab")}`, { class: "chip", download: saved ? message.name : null }));
}

function place(spot) {
  const url = safeUrl(spot.map_url);
  return el("li", { class: "place" },
    icon("pin"),
    el("div", { class: "place-text" },
      el("h3", { text: spot.name }),
      spot.address ? el("p", { text: spot.address }) : null,
      typeof spot.distance_km === "number"
        ? el("p", { class: "muted", text: t("location.distance", { km: decimal(spot.distance_km) }) })
        : null,
      url ? el("p", {}, outLink(url, t("location.map"), `${spot.name}, ${t("log.new_tab")}`)) : null));
}

function paragraphs(words) {
  return words.split(/\n{2,}/).map((part) => el("p", {}, ...links(part)));
}
