// Carries messages to the assistant and answers back: a WebSocket while there is one, plain HTTP while there is not.
//
// A message waits in the outbox until the server has answered its id.  When a connection is lost after a message went
// out, the message goes out once more with the same id (the server knows repeats); after that a person must decide.

import { ApiError } from "./api.js";
import { readJson, visit } from "./storage.js";

const OUTBOX = "tthc.outbox";
const OPEN_MS = 5000; // a proxy may swallow the upgrade without a word
const ANSWER_MS = 45000;
const SENDS = 2;
const PING = JSON.stringify({ type: "ping" });
const SESSION_UNKNOWN = 4401;

export class Link {
  /**
   * `on`: state("live" | "http" | "down"), typing(bool), reply(frame, item), repeat(item), refused(frame, item),
   * failed(item), expired(), notice(frame), contact().  `contact`: the server was reached and nothing is pushed or was
   * pushed before, so notices may have been missed.  An item is {frame, shown, known}: what is sent, what the citizen sees of it, and the
   * server's time of the last answer before it.
   */
  constructor(api, on) {
    this.api = api;
    this.on = on;
    this.items = new Map();
    for (const item of readJson(visit, OUTBOX, [])) this.items.set(item.frame.id, { ...item, sends: 0 });
    this.socket = null;
    this.ready = false;
    this.failures = 0;
    this.timer = null;
    this.era = 0; // grows with each new conversation; late answers of an older one are dropped
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.on.state("down"));
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  get waiting() {
    return [...this.items.values()];
  }

  send(item) {
    this.items.set(item.frame.id, { ...item, sends: 0 });
    this.keep();
    this.pump();
  }

  retry(id) {
    const item = this.items.get(id);
    if (!item) return;
    Object.assign(item, { sends: 0, failed: false });
    this.pump();
  }

  /** Forgets the conversation and everything unsent, and begins another. */
  reset() {
    this.era += 1;
    this.items.clear();
    this.keep();
    this.api.drop();
    this.hangUp();
    this.failures = 0;
    this.connect();
  }

  // --- the socket

  async connect() {
    clearTimeout(this.timer);
    if (this.socket) return;
    const era = this.era;
    const socket = (this.socket = { close() {} }); // holds the place while the token comes
    let token;
    try {
      token = await this.api.ensure();
    } catch (error) {
      if (this.socket === socket) this.lost(socket, 0, error);
      return;
    }
    if (era !== this.era || this.socket !== socket) return;
    this.open(token);
  }

  open(token) {
    const url = new URL("chat/ws", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    let socket;
    try {
      socket = new WebSocket(url);
    } catch (error) {
      this.lost(this.socket, 0, error);
      return;
    }
    this.socket = socket;
    const patience = setTimeout(() => this.lost(socket, 0), OPEN_MS);
    socket.onopen = () => socket.send(JSON.stringify({ token }));
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      clearTimeout(patience);
      this.heard = Date.now();
      this.receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      clearTimeout(patience);
      this.lost(socket, event.code);
    };
  }

  receive(frame) {
    if (frame.type === "ready") {
      this.ready = true;
      this.failures = 0;
      this.on.state("live");
      this.beat(frame.heartbeat_s * 1000);
      this.pump();
      this.on.contact();
    } else if (frame.type === "notice") {
      this.on.notice(frame);
    } else if (frame.type === "typing") {
      this.on.typing(true);
    } else if (frame.type === "reply" || frame.type === "error") {
      this.settle(frame);
    }
  }

  /** Pings, and gives up a connection that no longer answers (a phone that changed networks tells nobody). */
  beat(every) {
    clearInterval(this.pulse);
    let asked = 0;
    this.pulse = setInterval(() => {
      const oldest = Math.min(...this.waiting.filter((item) => item.via === "socket").map((item) => item.sentAt));
      const stuck = Date.now() - Math.max(oldest, this.settledAt || 0) > ANSWER_MS;
      if ((asked && this.heard < asked) || (oldest !== Infinity && stuck)) {
        this.lost(this.socket, 0);
        return;
      }
      asked = Date.now();
      this.socket.send(PING);
    }, every);
  }

  lost(socket, code, error) {
    if (socket !== this.socket) return;
    this.hangUp();
    this.failures += 1;
    this.on.typing(false);
    if (code === SESSION_UNKNOWN) this.renew();
    else if (error instanceof ApiError) this.refuseAll(error.frame);
    this.detour();
  }

  hangUp() {
    clearTimeout(this.timer);
    clearInterval(this.pulse);
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    for (const item of this.items.values()) if (item.via === "socket") item.via = null;
    if (socket) {
      socket.onclose = null;
      socket.close();
    }
  }

  /** After a loss: once more at once; from the second failure on, plain HTTP if the server can be reached at all. */
  async detour() {
    const era = this.era;
    if (this.failures < 2) {
      this.on.state("down");
      this.later(15000);
      return;
    }
    const reachable = await this.reachable();
    if (era !== this.era || this.ready) return;
    this.on.state(reachable ? "http" : "down");
    this.later(reachable ? 60000 : 15000);
    if (reachable) this.postAll();
  }

  later(most) {
    clearTimeout(this.timer);
    const wait = Math.min(most, 250 * 2 ** this.failures);
    this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  /** The network is back, or the page is looked at again: no need to wait for the timer. */
  hurry() {
    if (this.ready) this.check();
    else if (!this.posting) this.connect();
  }

  /** A socket that slept may be dead without knowing. */
  check() {
    const { socket } = this;
    const asked = Date.now();
    this.on.state("live");
    socket.send(PING);
    setTimeout(() => {
      if (this.heard < asked) this.lost(socket, 0);
    }, OPEN_MS);
  }

  async reachable() {
    if (navigator.onLine === false) return false;
    try {
      return (await fetch(new URL("mark.svg", import.meta.url), { cache: "no-store" })).ok;
    } catch (error) {
      return false;
    }
  }

  // --- the outbox

  pump() {
    if (this.ready) this.sendAll();
    else if (this.failures >= 2) this.postAll();
    else this.connect();
  }

  /** The waiting items that may go out now; one that went out twice for nothing is given up. */
  *due() {
    for (const item of this.waiting) {
      if (item.via || item.failed) continue;
      if (item.sends >= SENDS) {
        item.failed = true;
        this.on.failed(item);
      } else yield item;
    }
  }

  sendAll() {
    for (const item of this.due()) {
      Object.assign(item, { via: "socket", sends: item.sends + 1, sentAt: Date.now() });
      this.socket.send(JSON.stringify(item.frame));
    }
  }

  async postAll() {
    if (this.posting) return;
    this.posting = true;
    const era = this.era;
    try {
      for (const item of this.due()) {
        if (era !== this.era || this.ready) break;
        item.via = "http";
        item.sends += 1;
        this.on.typing(true);
        if (!(await this.post(item, era))) break;
      }
    } finally {
      this.posting = false;
      if (era === this.era) this.on.typing(this.busy());
    }
    if (this.ready || era !== this.era) this.pump();
  }

  async post(item, era) {
    try {
      const frame = await this.api.post(item.frame);
      if (era !== this.era) return false;
      this.on.state(this.ready ? "live" : "http");
      this.settle(frame);
      this.on.contact();
      return true;
    } catch (error) {
      item.via = null;
      if (era !== this.era) return false;
      if (error instanceof ApiError && error.status === 401) {
        this.renew();
        return this.post(Object.assign(item, { via: "http" }), era);
      }
      if (error instanceof ApiError) {
        this.settle({ ...error.frame, id: item.frame.id });
        return true;
      }
      if (error.name !== "AbortError") item.sends -= 1; // it never left
      this.on.state("down");
      this.failures += 1;
      this.later(15000);
      return false;
    }
  }

  settle(frame) {
    const item = this.items.get(frame.id);
    if (frame.id && !item) return; // answered already, over the other way
    this.items.delete(frame.id);
    this.keep();
    this.settledAt = Date.now();
    this.on.typing(this.busy());
    if (frame.type === "error") {
      if (item || frame.code !== "session_unknown") this.on.refused(frame, item);
    } else if (frame.repeat) this.on.repeat(item);
    else this.on.reply(frame, item);
  }

  refuseAll(frame) {
    for (const item of this.waiting) this.settle({ ...frame, type: "error", id: item.frame.id });
  }

  renew() {
    this.api.drop();
    for (const item of this.items.values()) item.sends = 0;
    this.on.expired();
  }

  busy() {
    return this.waiting.some((item) => item.via);
  }

  keep() {
    visit.set(OUTBOX, JSON.stringify(this.waiting.map(({ frame, shown, known }) => ({ frame, shown, known }))));
  }
}
