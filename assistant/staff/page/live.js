// Keeps the page up to date: the server tells of changes over a WebSocket; without one the page asks every five seconds.

import { Refusal } from "./api.js";

const POLL_MS = 5000;
const SILENCE_MS = 50000; // the server beats every 20 s
const SESSION_OVER = 4401;

export class Live {
  /** `on`: state("live" | "polling" | "down"), day(found).  */
  constructor(api, on) {
    this.api = api;
    this.on = on;
    this.branch = null;
    this.failures = 0;
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.branch && this.on.state("down"));
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  follow(branch) {
    this.stop();
    this.branch = branch;
    this.shown = "";
    this.failures = 0;
    this.connect();
    return this.refresh();
  }

  stop() {
    this.branch = null;
    clearTimeout(this.again);
    clearTimeout(this.silence);
    clearInterval(this.polling);
    this.polling = null;
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.close();
      this.socket = null;
    }
  }

  /** Reads the day.  Several wishes at once become at most one more reading. */
  async refresh() {
    if (this.reading) {
      this.wanted = true;
      return;
    }
    this.reading = true;
    const branch = this.branch;
    try {
      do {
        this.wanted = false;
        const found = await this.api.getNew(`branches/${branch}/day`, this.shown);
        if (branch !== this.branch) return;
        if (found) {
          this.shown = found.revision;
          this.on.day(found);
        }
        this.on.state(this.socket && this.socket.readyState === WebSocket.OPEN ? "live" : "polling");
      } while (this.wanted);
    } catch (error) {
      if (branch === this.branch) this.on.state(error instanceof Refusal && error.status < 500 ? "polling" : "down");
    } finally {
      this.reading = false;
      if (this.branch && branch !== this.branch) this.refresh();
    }
  }

  connect() {
    clearTimeout(this.again);
    if (!this.branch || this.socket) return;
    const url = new URL(`api/branches/${this.branch}/live`, document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(url));
    socket.onmessage = (event) => {
      this.failures = 0;
      clearInterval(this.polling);
      this.polling = null;
      this.listen();
      const { revision } = JSON.parse(event.data);
      if (revision !== this.shown) this.refresh();
      else this.on.state("live");
    };
    socket.onclose = (event) => this.lost(event.code);
    this.listen();
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(0), SILENCE_MS);
  }

  lost(code) {
    clearTimeout(this.silence);
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.close();
      this.socket = null;
    }
    if (!this.branch) return;
    this.failures += 1;
    if (code === SESSION_OVER) this.failures = 5;
    this.refresh(); // says by itself whether the server is there and the session stands
    if (!this.polling) this.polling = setInterval(() => this.refresh(), POLL_MS);
    this.again = setTimeout(() => this.connect(), Math.min(30000, 500 * 2 ** this.failures) * (0.75 + Math.random() / 2));
  }

  hurry() {
    if (!this.branch) return;
    this.refresh();
    if (!this.socket) this.connect();
  }
}
