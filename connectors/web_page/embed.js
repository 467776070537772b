// The page's end of the widget (widget.js holds the other): opened and closed by the site it stands in, unread counted.
//
// from the site   {"tthc": "hello", "open": bool} after each load; {"tthc": "shown"}; {"tthc": "hidden"}
// to the site     {"tthc": "ready"}; {"tthc": "close"}; {"tthc": "unread", "count"}
//
// The site is whoever says hello from the parent window, out of an origin that may embed us; nobody else is heard, and
// nothing is said to another.

import { lasting } from "./storage.js";

const SEEN = "tthc.seen"; // the server's time, in ms, of the newest message a person has had before their eyes

const root = document.documentElement;
const allowed = new RegExp(root.dataset.parents);
let site = null; // the origin of the page around us, once it has said hello
let shown = root.dataset.frame !== "widget";
let count = 0;
let ready = false;
let focus = () => {};
let newest = 0;

function tell(message) {
  if (site) window.parent.postMessage(message, site);
}

function tally(value) {
  count = value;
  tell({ tthc: "unread", count });
}

function see() {
  tally(0);
  if (newest > Number(lasting.get(SEEN))) lasting.set(SEEN, String(newest));
}

if (!shown) {
  window.addEventListener("message", ({ data, origin, source }) => {
    if (source !== window.parent || !(origin === location.origin || allowed.test(origin))) return;
    if (!data || typeof data !== "object") return;
    if (data.tthc === "hello") {
      site = origin;
      shown = data.open === true;
      if (ready) greet();
    } else if (origin !== site) return;
    else if (data.tthc === "shown") {
      shown = true;
      see();
      focus();
    } else if (data.tthc === "hidden") shown = false;
  });
  // a conversation read on another page of the site is read here too
  window.addEventListener("storage", (event) => {
    if (event.key === SEEN && count && Number(event.newValue) >= newest) tally(0);
  });
}

function greet() {
  tell({ tthc: "ready" });
  if (shown) see();
  else tell({ tthc: "unread", count });
}

/** The page can be used; `onShown` takes the focus in. */
export function embedded(onShown) {
  ready = true;
  focus = onShown;
  if (site) greet();
  if (root.dataset.frame !== "widget") return;
  const close = document.getElementById("close");
  close.hidden = false;
  close.addEventListener("click", () => tell({ tthc: "close" }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) tell({ tthc: "close" });
  });
}

/** The assistant has said something at a moment of the server (ms). */
export function heard(at) {
  newest = Math.max(newest, at || 0);
  if (shown) see();
  else if (root.dataset.frame === "widget") tally(count + 1);
}

/** What a conversation read from the server holds: `moments` (ms) of what the assistant said. */
export function restored(moments) {
  newest = Math.max(newest, ...moments);
  if (shown) return see();
  const seen = Number(lasting.get(SEEN));
  return tally(seen ? moments.filter((moment) => moment > seen).length : 0);
}
