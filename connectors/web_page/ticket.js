// A counter ticket: the number large, the QR image, when and where; to keep on paper.

import { el, icon, linked, printOnly } from "./dom.js";
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
  if (live) node.append(el("div", { class: "chips tools" }, print));
  const choices = choiceRow(message.choices, act);
  if (choices) node.append(choices);
  return node;
}

function row(name, value, hint) {
  if (!value) return [];
  return [
    el("dt", { text: t(`ticket.${name}`) }),
    el("dd", { class: name }, ...linked(value, t("log.new_tab")), hint ? el("span", { class: "muted hint-line", text: hint }) : ""),
  ];
}
