// The words of the page in its language, and how Hanoi's dates and times are written.

export const LANGUAGE = document.documentElement.lang;

let table = {};

export async function loadStrings() {
  const response = await fetch(new URL(`strings.${LANGUAGE}.json`, import.meta.url));
  table = await response.json();
}

/** The string at a dotted key, its {placeholders} filled.  Lists and groups come back as they are. */
export function t(key, values = {}) {
  const found = key.split(".").reduce((group, name) => (group ? group[name] : undefined), table);
  if (typeof found !== "string") return found;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const HANOI = "Asia/Ho_Chi_Minh";
const LOCALE = LANGUAGE === "en" ? "en-GB" : "vi-VN";
const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: HANOI });
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: HANOI });
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: HANOI });

export const clockTime = (date) => TIME.format(date);
export const day = (date) => DAY.format(date);
const ISO = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: HANOI }); // 2026-11-25
export const isoDay = (date) => ISO.format(date);
export const longDay = (date) => `${WEEKDAY.format(date)}, ${day(date)}`;

/** The time today, the date and time on other days. */
export function stamp(date) {
  return day(date) === day(new Date()) ? clockTime(date) : `${clockTime(date)}, ${day(date)}`;
}

/** 2026-07-18 as 18/07/2026; anything else as it is. */
export function plainDate(text) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : text;
}

export const decimal = (number) => number.toLocaleString(LOCALE, { maximumFractionDigits: 1 });
