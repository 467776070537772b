// Calls to the server.  The session is a cookie this script cannot read; every change carries the session's own token.

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server did not answer. */
export class Unreachable extends Error {}

const WAIT_MS = 15000;

export class Api {
  constructor(on) {
    this.on = on; // over(message): the session has ended
    this.csrf = "";
  }

  /** Who is logged in; null for nobody. */
  async me() {
    const response = await this.send("GET", "me");
    if (response.status === 204) return null;
    const found = await response.json();
    this.csrf = found.csrf;
    return found;
  }

  async login(username, password) {
    const found = await this.json("POST", "login", { username, password }, true);
    this.csrf = found.csrf;
    return found;
  }

  logout() {
    return this.json("POST", "logout", {});
  }

  alive() {
    return this.json("POST", "alive", {});
  }

  get(path) {
    return this.json("GET", path);
  }

  /** What `get` gives, or null while its ETag is still `tag`. */
  async getNew(path, tag) {
    const response = await this.send("GET", path, undefined, false, tag ? { "If-None-Match": `"${tag}"` } : {});
    return response.status === 304 ? null : response.json();
  }

  post(path, body = {}) {
    return this.json("POST", path, body);
  }

  /** A file made by the server: {name, blob}. */
  async file(path) {
    const response = await this.send("POST", path, {});
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "");
    return { name: name ? name[1] : "danh-sach.csv", blob: await response.blob() };
  }

  async json(method, path, body, quiet = false) {
    return (await this.send(method, path, body, quiet)).json();
  }

  async send(method, path, body, quiet = false, headers = {}) {
    if (body !== undefined) Object.assign(headers, { "Content-Type": "application/json", "X-CSRF-Token": this.csrf });
    let response;
    try {
      response = await fetch(new URL(`api/${path}`, document.baseURI), {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.timeout(WAIT_MS),
      });
    } catch (error) {
      throw new Unreachable(error.message);
    }
    if (response.ok || response.status === 304) return response;
    const told = await response.json().catch(() => ({}));
    const { code = "internal", message = "" } = told.error || {};
    if (response.status === 401 && !quiet) this.on.over(message);
    if (response.status >= 502 || (response.status === 500 && !told.error)) throw new Unreachable(String(response.status));
    throw new Refusal(response.status, code, message);
  }
}
