// A counter ticket: the number large, the QR image, when and where; to keep in a calendar or on paper.

import { download, el, icon, linked, printOnly } from "./dom.js";
import { choiceRow, section } from "./parts.js";
import { clockTime, longDay, t } from "./strings.js";

const QR_START = "data:image/svg+xml;base64,";

export function ticket(message, act) {
  const starts = new Date(message.starts_at);
  const states = t("ticket.states");
  const live = !["cancelled", "expired"].includes(message.state);
  const qr = (message.qr_svg || "").startsWith(QR_START)
    ? el("img", { class: "qr", src: message.qr_svg, alt: t("ticket.qr", { number: message.number }), width: 148, height: 148 })
    : null;
  const node = el("section", { class: live ? "card ticket" : "card ticket over" });
  const print = el("button", { type: "button", class: "chip", on: { click: () => printOnly(node) } },
    icon("print"), el("span", { text: t("ticket.print") }));
  const calendar = el("button", { type: "button", class: "chip", on: { click: () => saveCalendar(message, starts) } },
    icon("calendar"), el("span", { text: t("ticket.calendar") }));
  node.append(
    el("div", { class: "ticket-head" },
      el("h2", { text: t("ticket.title") }),
      el("span", { class: "badge", text: states[message.state] || message.state })),
    el("div", { class: "ticket-top" },
      el("div", { class: "ticket-number" },
        message.number ? el("p", { class: "muted", text: t("ticket.number") }) : null,
        message.number ? el("p", { class: "number", text: message.number }) : null,
        el("p", { class: "when" }, el("strong", { text: clockTime(starts) }), el("span", { text: longDay(starts) }))),
      live && qr ? qr : ""),
    el("dl", {},
      ...row("branch", message.branch),
      ...row("address", message.address),
      ...row("procedure", message.procedure),
      ...row("secret", message.secret, t("ticket.secret_hint"))),
    ...(live ? (message.papers || []).map(section) : []));
  if (live) node.append(el("div", { class: "chips tools" }, calendar, print));
  const choices = choiceRow((message.choices || []).filter((choice) => !calendarLink(choice)), act);
  if (choices) node.append(choices);
  return node;
}

/** For channels without a calendar button of their own. */
function calendarLink(choice) {
  return Boolean(choice.url) && choice.url.split("?")[0].endsWith(".ics");
}

function row(name, value, hint) {
  if (!value) return [];
  return [
    el("dt", { text: t(`ticket.${name}`) }),
    el("dd", { class: name }, ...linked(value, t("log.new_tab")), hint ? el("span", { class: "muted hint-line", text: hint }) : ""),
  ];
}

/** An iCalendar file (RFC 5545) of one moment; how long a visit takes is not known, so no end is claimed. */
export function calendarFile(message, starts, now = new Date()) {
  const title = t("ticket.calendar_title", { number: message.number, branch: message.branch });
  const about = [message.procedure, t("header.center"), t("header.hotline")].filter(Boolean).join("\n");
  return [
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tthc-assistant//web//VI", "BEGIN:VEVENT",
    `UID:${message.appointment_id}@tthc-assistant`, `DTSTAMP:${utc(now)}`, `DTSTART:${utc(starts)}`,
    `SUMMARY:${escaped(title)}`, `LOCATION:${escaped([message.branch, message.address].filter(Boolean).join(", "))}`,
    `DESCRIPTION:${escaped(about)}`,
    "BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:${escaped(title)}`, "TRIGGER:-PT2H", "END:VALARM",
    "END:VEVENT", "END:VCALENDAR", "",
  ].map(folded).join("\r\n");
}

function saveCalendar(message, starts) {
  const name = t("ticket.calendar_file", { number: message.number.replace(/[^\w-]+/g, "-") });
  download(name, "text/calendar;charset=utf-8", calendarFile(message, starts));
}

const utc = (date) => date.toISOString().replace(/[-:]|\.\d+/g, "");
const escaped = (words) => words.replace(/([\\;,])/g, "\\$1").replace(/\r?\n/g, "\\n");

/** Lines of at most 75 bytes, as the format asks; never cut inside a character. */
function folded(line) {
  const rows = [];
  let current = "";
  let bytes = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (bytes + size > 73) {
      rows.push(current);
      current = "";
      bytes = 1;
    }
    current += character;
    bytes += size;
  }
  return [...rows, current].join("\r\n ");
}
