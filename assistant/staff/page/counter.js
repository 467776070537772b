// The counter page: log-in, the queue of the day, and what officers do with it.  Words: strings.vi.json.

import { download } from "../../chat/dom.js";
import { Api, Refusal, Unreachable } from "./api.js";
import { Live } from "./live.js";
import { setUpMenu } from "./menu.js";
import { printDay, printSlip } from "./paper.js";
import { Queue } from "./queue.js";
import { Mail } from "./mail.js";
import { Trail } from "./trail.js";
import { hanoiTime, hour, loadWords, t } from "./words.js";

const ALIVE_MS = 240000;
// errors whose sentences elsewhere speak to citizens
const WORDS_OF_OUR_OWN = new Set(["database_down", "internal", "bad_request", "forbidden", "booking_limit", "phone_malformed"]);
const node = (id) => document.getElementById(id);
const kept = {
  get: (name) => localStorage.getItem(`tthc.counter.${name}`) || "",
  set: (name, value) => localStorage.setItem(`tthc.counter.${name}`, value),
};

class Page {
  constructor() {
    this.api = new Api({ over: (message) => this.loggedOut(message) });
    this.queue = new Queue((name, visit) => this.act(name, visit));
    this.live = new Live(this.api, { state: (state) => this.linked(state), day: (day) => this.show(day) });
    this.trail = new Trail(this.api, () => this.branch, (error) => this.told(error));
    this.mail = new Mail(this.api, () => this.branch, (error) => this.told(error));
    this.day = null;
    this.walkKey = "";
    this.acted = Date.now();
  }

  async start() {
    setUpMenu({
      print: () => this.print(),
      export: () => this.export(),
      trail: () => this.aside("trail"),
      mail: () => this.aside("mail"),
      logout: () => this.logout(),
      branch: (id) => this.open(id),
    });
    this.listen();
    setInterval(() => this.tick(), 1000);
    try {
      const me = await this.api.me();
      if (me) await this.enter(me);
      else this.loggedOut("");
    } catch (error) {
      node("starting").textContent = error instanceof Unreachable ? t("state.unsent") : t("state.failed");
      setTimeout(() => location.reload(), 10000);
    }
  }

  listen() {
    node("login-form").addEventListener("submit", (event) => this.login(event));
    this.form("scan-form", () => this.scan());
    this.form("next-form", () => this.callNext());
    this.form("walk-form", (event) => this.walkIn(event.submitter ? event.submitter.value : "ordinary"));
    this.form("search-form", () => this.search());
    node("undo").addEventListener("click", () => this.undo());
    node("slip").addEventListener("click", () => printSlip(this.slip, node("branch-name").textContent));
    node("found-close").addEventListener("click", () => this.closeSearch());
    for (const id of ["trail", "mail"]) node(`${id}-close`).addEventListener("click", () => this.aside(""));
    node("desk").value = kept.get("desk");
    node("desk").addEventListener("change", () => kept.set("desk", node("desk").value.trim()));
    document.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.awake(), { passive: true });
  }

  form(id, handle) {
    node(id).addEventListener("submit", (event) => {
      event.preventDefault();
      handle(event);
    });
  }

  /** F keys type nothing, so they disturb neither writing nor a screen reader. */
  key(event) {
    if (node("work").hidden || event.ctrlKey || event.altKey || event.metaKey) return;
    // a scanner types wherever the focus is: what is no field's letter belongs to the scan box
    const elsewhere = !event.target.closest("input, select, #menu");
    if (elsewhere && event.key.length === 1 && event.key !== " ") return node("scan").select();
    if (event.shiftKey) return;
    const keys = {
      F2: () => node("scan").select(),
      F4: () => this.callNext(),
      F8: () => this.undo(),
      F9: () => this.walkIn("ordinary"),
    };
    if (!keys[event.key] || event.repeat) return;
    event.preventDefault();
    keys[event.key]();
  }

  // --- the session

  async login(event) {
    event.preventDefault();
    const button = node("login-form").querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    node("login-message").textContent = "";
    try {
      const me = await this.api.login(node("username").value.trim(), node("password").value);
      node("password").value = "";
      await this.enter(me);
    } catch (error) {
      node("login-message").textContent = this.sentence(error);
      node("password").select();
    } finally {
      button.disabled = false;
    }
  }

  async enter(me) {
    this.me = me;
    this.view("work");
    node("who").textContent = t("menu.who", { name: me.name, role: t(`menu.${me.role}`) });
    node("trail-open").hidden = me.role !== "supervisor";
    const choice = node("branch");
    choice.replaceChildren(...me.branches.map((branch) => new Option(branch.short_name, branch.id)));
    node("branch-field").hidden = me.branches.length < 2;
    const last = me.branches.find((branch) => branch.id === kept.get("branch")) || me.branches[0];
    await this.open(last.id);
    node("scan").focus();
  }

  open(id) {
    this.branch = id;
    kept.set("branch", id);
    node("branch").value = id;
    node("branch-name").textContent = this.me.branches.find((branch) => branch.id === id).name;
    this.queue.forget();
    this.say("");
    this.aside("");
    return this.live.follow(id);
  }

  loggedOut(message) {
    this.live.stop();
    this.queue.forget();
    this.trail.forget();
    this.mail.forget();
    this.day = null;
    this.branch = null;
    node("paper").replaceChildren();
    node("branch-name").textContent = t("page.center");
    this.view("login");
    node("login-message").textContent = message;
    node("username").focus();
  }

  async logout() {
    try {
      await this.api.logout();
    } catch (error) {
      if (!(error instanceof Refusal)) return this.told(error);
    }
    this.loggedOut(t("login.out"));
  }

  awake() {
    const now = Date.now();
    if (!this.branch || now - this.acted < ALIVE_MS) return;
    this.acted = now;
    this.api.alive().catch(() => {});
  }

  view(name) {
    node("starting").hidden = true;
    for (const id of ["login", "work"]) node(id).hidden = id !== name;
    for (const id of ["trail", "mail"]) node(id).hidden = true;
    for (const id of ["menu-button", "clock-frame", "link-state"]) node(id).hidden = name !== "work";
    node("menu").hidden = true;
    document.documentElement.dataset.view = name;
  }

  // --- what is shown

  show(day) {
    this.day = day;
    this.read = Date.now();
    this.ahead = Date.parse(day.now) - this.read; // the server's clock counts
    this.tick();
    this.queue.show(day.visits);
    document.documentElement.dataset.revision = day.revision;
  }

  linked(state) {
    if (!this.branch) return;
    const before = document.documentElement.dataset.link;
    document.documentElement.dataset.link = state;
    node("link-state").textContent = t(`link.${state}`);
    node("link-state").dataset.state = state;
    const banner = node("banner");
    if (state === "down") {
      banner.hidden = false;
      banner.dataset.mood = "warn";
      banner.textContent = t("state.down", { time: this.read ? hanoiTime(this.read + this.ahead) : "–" });
    } else if (before === "down") {
      banner.dataset.mood = "good";
      banner.textContent = t("state.back");
      clearTimeout(this.calm);
      this.calm = setTimeout(() => (banner.hidden = document.documentElement.dataset.link !== "down"), 4000);
    }
  }

  tick() {
    node("clock").textContent = this.day ? hanoiTime(Date.now() + this.ahead) : "";
  }

  say(text, undo = false, slip = null) {
    node("trouble").textContent = "";
    node("said").textContent = text;
    node("undo").hidden = !undo;
    node("slip").hidden = !slip;
    this.slip = slip;
  }

  told(error) {
    if (error instanceof Refusal && error.status === 401) return;
    node("said").textContent = "";
    node("slip").hidden = true;
    node("trouble").textContent = this.sentence(error);
    if (error instanceof Refusal && this.branch) this.live.refresh();
  }

  sentence(error) {
    if (error instanceof Refusal && WORDS_OF_OUR_OWN.has(error.code)) return t(`refused.${error.code}`);
    if (error instanceof Refusal && error.message) return error.message;
    if (!(error instanceof Unreachable)) console.error(error);
    return error instanceof Unreachable ? t("state.unsent") : t("state.failed");
  }

  // --- acts

  /** Runs one act at a time: a second press while the first is under way does nothing. */
  async doing(work) {
    if (this.busy || !this.branch) return;
    this.busy = true;
    this.acted = Date.now();
    node("trouble").textContent = ""; // so that the same sentence is read out again
    document.documentElement.dataset.busy = "true";
    try {
      await work();
    } catch (error) {
      this.told(error);
    } finally {
      this.busy = false;
      delete document.documentElement.dataset.busy;
    }
  }

  post(path, body) {
    return this.api.post(`branches/${this.branch}/${path}`, body);
  }

  async changed(kind, visit, slip = null) {
    const lane = t(`done.lanes.${visit.lane}`);
    const desk = visit.desk ? t("done.at_desk", { desk: visit.desk }) : "";
    const values = { number: visit.number, calls: visit.calls, time: hour(visit.starts_at), state: t(`visit.states.${visit.state}`) };
    this.say(t(`done.${kind}`, { ...values, lane, desk }), kind !== "undo" && kind !== "undo_walk_in", slip);
    const others = this.day ? this.day.visits.filter((one) => one.id !== visit.id) : [];
    this.queue.show(kind === "undo_walk_in" ? others : [...others, visit]); // seen at once; the reading puts it in order
    await this.live.refresh();
  }

  scan() {
    const code = node("scan").value.trim();
    if (!code) return;
    const lane = document.querySelector("input[name=lane]:checked").value;
    this.doing(async () => {
      try {
        await this.changed("check_in", await this.post("check-in", { code, lane }));
        node("scan").value = "";
        document.querySelector("input[name=lane][value=ordinary]").checked = true;
      } finally {
        node("scan").select(); // the next scan writes over what is there
      }
    });
  }

  callNext() {
    this.doing(async () => this.changed("call", await this.post("next", { desk: this.desk() })));
  }

  walkIn(lane) {
    this.doing(async () => {
      const phone = node("walk-phone").value.trim();
      // one number, however often a lost answer is asked for again
      const sign = `${this.branch} ${lane} ${phone}`;
      if (this.walkSign !== sign) [this.walkSign, this.walkKey] = [sign, crypto.getRandomValues(new Uint32Array(4)).join("-")];
      try {
        const visit = await this.post("walk-in", { key: this.walkKey, lane, phone });
        this.walkSign = "";
        node("walk-phone").value = "";
        await this.changed("walk_in", visit, visit);
      } catch (error) {
        if (error instanceof Refusal) this.walkSign = "";
        throw error;
      }
    });
  }

  undo() {
    this.doing(async () => {
      const visit = await this.post("undo");
      await this.changed(visit.walk_in && visit.state === "expected" ? "undo_walk_in" : "undo", visit);
      node("undo").hidden = false; // the act before it may follow
    });
  }

  act(name, visit) {
    const { id, version, number } = visit;
    const to = visit.lane === "priority" ? "ordinary" : "priority";
    const acts = {
      here: () => this.step("check_in", "check-in", { code: number, lane: visit.state === "missed" ? visit.lane : "ordinary" }),
      here_priority: () => this.step("check_in", "check-in", { code: number, lane: "priority" }),
      call: () => this.step("call", `visits/${id}/call`, { version, desk: this.desk() }),
      served: () => this.step("served", `visits/${id}/served`, { version }),
      missed: () => this.step("missed", `visits/${id}/missed`, { version }),
      lane: () => this.step("lane", `visits/${id}/lane`, { version, lane: to }),
      phone: async () => this.queue.showPhone(id, (await this.post(`visits/${id}/phone`)).phone),
    };
    this.doing(acts[name]);
  }

  async step(kind, path, body) {
    await this.changed(kind, await this.post(path, body));
  }

  desk() {
    const field = node("desk");
    return field.checkValidity() ? field.value.trim() : "";
  }

  search() {
    const text = node("search").value.trim();
    if (!text) return this.closeSearch();
    this.doing(async () => {
      const { visits } = await this.post("search", { text });
      await this.live.refresh();
      this.queue.find(visits.map((visit) => visit.id));
      this.say(visits.length ? t("search.some", { count: visits.length }) : t("search.none"));
    });
  }

  closeSearch() {
    node("search").value = "";
    this.queue.find(null);
    this.say("");
    node("search").focus();
  }

  print() {
    this.doing(async () => {
      await this.post("printed");
      await this.live.refresh();
      this.say(t("done.printed"));
      printDay(this.day, node("branch-name").textContent, this.me.name, hanoiTime(Date.now() + this.ahead));
    });
  }

  export() {
    this.doing(async () => {
      const { name, blob } = await this.api.file(`branches/${this.branch}/export`);
      download(name, blob.type, blob);
      this.say(t("done.exported"));
    });
  }

  /** Shows the trail or the messages in place of the day; "": the day again. */
  aside(name) {
    for (const id of ["trail", "mail"]) node(id).hidden = id !== name;
    node("work").hidden = Boolean(name);
    if (name === "trail") this.trail.open(this.day ? this.day.date : "");
    if (name === "mail") this.mail.open();
    else this.mail.forget();
  }
}

await loadWords();
const page = new Page();
await page.start();
document.documentElement.dataset.ready = "true";
