// Messages that citizens left: read one, answer it; the answer goes out on the channel it came from.

import { el } from "../../chat/dom.js";
import { hour, t } from "./words.js";

const node = (id) => document.getElementById(id);

export class Mail {
  /** `branch()`: the one looked at; `told(error)`: where errors go. */
  constructor(api, branch, told) {
    this.api = api;
    this.branch = branch;
    this.told = told;
    node("mail-reload").addEventListener("click", () => this.show());
  }

  open() {
    node("mail-heading").focus();
    this.show();
  }

  forget() {
    node("mail-rows").replaceChildren();
    node("mail-message").textContent = "";
  }

  async show() {
    await this.trying(async () => {
      const { messages } = await this.api.get(`branches/${this.branch()}/messages`);
      node("mail-rows").replaceChildren(...messages.map((message) => this.row(message)));
      node("mail-message").textContent = messages.length ? t("mail.count", { count: messages.length }) : t("mail.none");
    });
  }

  row(message) {
    const item = el("li", { class: "visit" });
    item.dataset.receipt = message.receipt;
    const title = `${message.receipt} · ${t(`mail.kinds.${message.kind}`)} · ${message.created_at.slice(8, 10)}/${message.created_at.slice(5, 7)} ${hour(message.created_at)}`;
    const button = el("button", { type: "button", class: "button" }, el("span", { text: t("mail.open") }), el("span", { class: "sr-only", text: ` ${message.receipt}` }));
    button.addEventListener("click", () => this.read(item, message.receipt));
    item.append(el("p", {}, el("strong", { text: title })), message.summary ? el("p", { class: "muted", text: message.summary }) : "", button);
    return item;
  }

  async read(item, receipt) {
    await this.trying(async () => {
      const found = await this.api.post(`branches/${this.branch()}/messages/${receipt}/open`);
      item.querySelector("button").remove();
      if (found.text) item.append(el("p", { class: "mail-text", text: found.text }));
      if (found.phone) item.append(el("p", { text: t("mail.phone", { phone: found.phone }) }));
      item.append(found.reachable ? this.form(receipt) : el("p", { class: "muted", text: t("mail.no_channel") }));
    });
  }

  form(receipt) {
    const box = el("textarea", { id: `answer-${receipt}`, rows: 4, maxlength: 1000, required: true });
    const form = el("form", {}, el("label", { for: box.id, text: t("mail.answer") }), box,
      el("button", { type: "submit", class: "button primary", text: t("mail.send") }));
    const key = crypto.randomUUID();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.trying(async () => {
        await this.api.post(`branches/${this.branch()}/messages/${receipt}/answer`, { text: box.value, key });
        await this.show();
        node("mail-message").textContent = t("mail.sent", { receipt });
        node("mail-heading").focus();
      });
    });
    return form;
  }

  async trying(work) {
    try {
      await work();
    } catch (error) {
      node("mail-message").textContent = error.message || t("state.failed");
      this.told(error);
    }
  }
}
