// The conversation as a text file, from the plain form that every message carries.

import { download } from "./dom.js";
import { clockTime, day, isoDay, t } from "./strings.js";

export function transcript(entries) {
  const parts = [t("transcript.title"), t("transcript.note"), ""];
  for (const { who, at, text, messages } of entries) {
    parts.push(`[${clockTime(at)}, ${day(at)}] ${t(`log.${who}`)}:`);
    parts.push([text, ...messages.map((message) => message.text)].filter(Boolean).join("\n\n"), "");
  }
  return parts.join("\r\n");
}

export function saveTranscript(entries) {
  const name = t("transcript.file", { date: isoDay(new Date()) });
  // the mark at the front tells old Windows editors that this is UTF-8
  download(name, "text/plain;charset=utf-8", `\ufeff${transcript(entries)}`);
}
