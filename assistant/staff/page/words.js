// The words of the page, and how dates and times of the server (ISO, +07:00) are written.

let table = {};

export async function loadWords() {
  table = await (await fetch(new URL("strings.vi.json", import.meta.url))).json();
}

/** The string at a dotted key, its {placeholders} filled. */
export function t(key, values = {}) {
  const found = key.split(".").reduce((group, name) => (group ? group[name] : undefined), table);
  return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : key;
}

/** "08:15" of an ISO moment in Hanoi's zone; empty for none. */
export const hour = (moment) => (moment ? moment.slice(11, 16) : "");

/** 2026-11-23 as 23/11/2026. */
export const date = (day) => day.split("-").reverse().join("/");

const CLOCK = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });

export const hanoiTime = (moment) => CLOCK.format(moment);
