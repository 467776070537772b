// Plain HTTP to the assistant: the conversation token, the history, and messages when no WebSocket can be had.

import { lasting } from "./storage.js";

const TOKEN = "tthc.token";

/** The server said no: `code` and `text` as in its error frames.  Anything else that goes wrong is a network fault. */
export class ApiError extends Error {
  constructor(status, frame) {
    super(frame.code);
    this.status = status;
    this.frame = frame;
  }
}

export class Api {
  constructor() {
    this.token = lasting.get(TOKEN);
    this.opening = null;
  }

  /** The token, asked for once even when several parts need it at the same time. */
  async ensure() {
    if (this.token) return this.token;
    this.opening ??= this.request("chat/session", { method: "POST", open: true });
    try {
      this.token = (await this.opening).token;
      lasting.set(TOKEN, this.token);
      return this.token;
    } finally {
      this.opening = null;
    }
  }

  drop() {
    this.token = null;
    lasting.drop(TOKEN);
  }

  async history() {
    return (await this.request("chat/history", {})).entries;
  }

  /** What was said unasked after a moment (ISO 8601): the page was closed, asleep, or without a socket. */
  async notices(after) {
    return (await this.request(`chat/notices?after=${encodeURIComponent(after)}`, {})).notices;
  }

  async post(frame) {
    await this.ensure();
    return this.request("chat/messages", { method: "POST", body: JSON.stringify(frame), patience: 40000 });
  }

  async request(path, { method = "GET", body, open = false, patience = 15000 }) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patience);
    try {
      const headers = open ? {} : { Authorization: `Bearer ${this.token}` };
      if (body) headers["Content-Type"] = "application/json";
      const response = await fetch(new URL(path, document.baseURI), {
        method, headers, body, signal: abort.signal, cache: "no-store", credentials: "omit",
      });
      const frame = await response.json().catch(() => null);
      if (response.ok && frame) return frame;
      // an answer that is not ours (a proxy's error page) is a network fault: it may be tried again
      if (frame && frame.code) throw new ApiError(response.status, frame);
      throw new Error(`http ${response.status}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
