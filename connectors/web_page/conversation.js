// The log: who said what, in order, and what became of the messages still on their way.

import { el, hidden, icon } from "./dom.js";
import { restored } from "./embed.js";
import { render } from "./messages.js";
import { choiceRow, spend } from "./parts.js";
import { stamp, t } from "./strings.js";

export class Conversation {
  /** `act` as in messages.js, with `retry(id)` besides. */
  constructor(log, act) {
    this.log = log;
    this.act = act;
    this.entries = []; // for the transcript: {who, at, text, messages}
    this.pending = new Map(); // message id -> its bubble
    this.known = 0; // the server's time, in ms, of the newest answer seen
    this.notices = new Set(); // ids of the notices shown: one may come twice, pushed and asked for
    this.since = 0; // notices before this moment, in ms, need not be asked for
  }

  clear() {
    this.entries = [];
    this.pending.clear();
    this.notices.clear();
    this.since = 0;
    this.log.replaceChildren(this.greeting());
    this.log.scrollTop = 0;
  }

  /** Shows a conversation from the server without reading it all out again; only the last answer may still be used. */
  restore(entries) {
    this.log.setAttribute("aria-live", "off");
    this.clear();
    for (const entry of entries) {
      this.learn(entry.at);
      if (entry.notice) this.notices.add(entry.notice);
      for (const row of this.rows()) spend(row);
      const at = new Date(entry.at);
      if (entry.who === "citizen") this.citizen(entry.text, { at });
      else this.assistant(entry.messages.length ? entry.messages : [{ type: "text", text: entry.text }], { at });
    }
    this.since = this.known;
    restored(entries.filter((entry) => entry.who === "assistant").map((entry) => Date.parse(entry.at)));
    this.toEnd();
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
  }

  learn(at) {
    this.known = Math.max(this.known, Date.parse(at) || 0);
    this.since ||= this.known;
  }

  rows() {
    return this.log.querySelectorAll(".chips[role=group]");
  }

  greeting() {
    const starters = choiceRow(t("greeting.starters"), this.act);
    starters.classList.add("starters");
    starters.setAttribute("aria-label", t("greeting.starters_label"));
    return el("div", { class: "entry assistant greeting" },
      el("div", { class: "card welcome" },
        el("h2", { text: t("greeting.heading") }),
        el("p", { text: t("greeting.text") }),
        el("p", { class: "muted", text: t("greeting.ask") }),
        starters));
  }

  /** A citizen's bubble; with `id` it is still on its way. */
  citizen(words, { at = new Date(), id = null } = {}) {
    this.entries.push({ who: "citizen", at, text: words, messages: [] });
    const note = el("span", { class: "fate" });
    const node = el("div", { class: "entry citizen" },
      hidden(`${t("log.citizen")}: `),
      el("div", { class: "bubble", text: words }),
      el("p", { class: "meta" }, el("time", { datetime: at.toISOString(), text: stamp(at) }), note));
    if (id) {
      node.dataset.id = id;
      this.pending.set(id, node);
    }
    this.log.append(node);
    this.toEnd();
    return node;
  }

  /** One reply: its messages together, under one name and one time. */
  assistant(messages, { at = new Date() } = {}) {
    if (!messages.length) return null;
    this.entries.push({ who: "assistant", at, text: "", messages });
    const node = el("div", { class: "entry assistant", lang: "vi" },
      hidden(`${t("log.assistant")}: `),
      ...messages.map((message) => render(message, this.act)),
      el("p", { class: "meta" }, el("time", { datetime: at.toISOString(), text: stamp(at) })));
    this.log.append(node);
    this.toStart(node);
    return node;
  }

  /** Something the assistant says unasked, once; whether it is new. */
  unasked(frame) {
    if (this.notices.has(frame.id)) return false;
    this.notices.add(frame.id);
    this.learn(frame.at);
    this.assistant(frame.messages, { at: new Date(frame.at) });
    return true;
  }

  /** A word from the page itself, not from the assistant: not part of the transcript. */
  notice(words) {
    this.log.append(el("p", { class: "entry system", text: words }));
    this.toEnd();
  }

  settle(id) {
    this.fate(id, "");
    this.pending.delete(id);
  }

  waits(id) {
    this.fate(id, t("state.waiting"));
  }

  failed(id) {
    const retry = el("button", { type: "button", class: "link-button", text: t("state.retry") });
    retry.addEventListener("click", () => {
      this.fate(id, t("state.sending"));
      this.act.retry(id);
    });
    this.fate(id, t("state.failed"), retry);
  }

  fate(id, words, ...more) {
    const node = this.pending.get(id);
    if (!node) return;
    node.classList.toggle("is-failed", more.length > 0);
    node.querySelector(".fate").replaceChildren(words ? ` · ${words} ` : "", ...more);
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** A long answer is read from its beginning, under the question it answers. */
  toStart(node) {
    const before = node.previousElementSibling;
    const first = before && before.matches(".citizen") && before.offsetHeight < this.log.clientHeight / 3 ? before : node;
    this.log.scrollTop = first.offsetTop - 12;
  }
}

/** Lets the reader come back to the end of a long log; `button` shows only while the end is out of sight. */
export function endButton(log, button) {
  const show = () => {
    button.hidden = !log.querySelector(".entry:not(.greeting)") || log.scrollHeight - log.scrollTop - log.clientHeight < 160;
  };
  button.append(icon("fold"), el("span", { class: "sr-only", text: t("log.latest") }));
  button.addEventListener("click", () => {
    log.scrollTop = log.scrollHeight;
    log.focus({ preventScroll: true });
  });
  log.addEventListener("scroll", show, { passive: true });
  new MutationObserver(show).observe(log, { childList: true });
}
