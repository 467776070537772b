// Speaking and listening, where the browser can: off until the citizen switches it on, and nothing is loaded for it.
//
// Answers are read by voices of the device only.  Speech recognition belongs to the browser, which may send what it hears
// to its maker: the server must allow it (data-voice), and the option says so.

import { lasting } from "./storage.js";
import { t } from "./strings.js";

const VIETNAMESE = "vi-VN";
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

/** A switch of the options, remembered; `change(on)` is called now and at each change. */
function option(name, change) {
  const node = document.getElementById(name);
  const set = (on) => {
    node.setAttribute("aria-checked", String(on));
    lasting.set(`tthc.${name}`, on ? "on" : "");
    change(on);
  };
  node.hidden = false;
  node.addEventListener("click", () => set(node.getAttribute("aria-checked") !== "true"));
  set(lasting.get(`tthc.${name}`) === "on");
}

/** Read-aloud: gives `say(words)`; it is silent until switched on. */
export function readAloud() {
  const speech = window.speechSynthesis;
  let voice = null;
  let on = false;
  let offered = false;
  const look = () => {
    voice = speech.getVoices().find((one) => one.localService && one.lang.replace("_", "-").startsWith("vi")) || null;
    if (!voice || offered) return;
    offered = true;
    option("aloud", (value) => {
      on = value;
      if (!on) speech.cancel();
    });
  };
  if (speech && window.SpeechSynthesisUtterance) {
    look();
    speech.addEventListener?.("voiceschanged", look);
    window.addEventListener("pagehide", () => speech.cancel());
  }
  return {
    say(words) {
      if (!on) return;
      speech.cancel();
      // browsers cut long utterances short: a paragraph each
      for (const part of words.split(/\n+/).filter((line) => line.trim())) {
        const utterance = new SpeechSynthesisUtterance(part);
        utterance.voice = voice;
        utterance.lang = VIETNAMESE;
        speech.speak(utterance);
      }
    },
    hush: () => on && speech.cancel(),
  };
}

/** Voice input: `heard(words)` gets what was said, `tell(words)` what went wrong. */
export function voiceInput(heard, tell) {
  if (!Recognition || document.documentElement.dataset.voice !== "true") return;
  const mic = document.getElementById("mic");
  let listening = null;
  const state = (current) => {
    listening = current;
    mic.setAttribute("aria-pressed", String(Boolean(current)));
    mic.setAttribute("aria-label", t(current ? "voice.stop" : "voice.start"));
  };
  const start = () => {
    const recognition = new Recognition();
    recognition.lang = VIETNAMESE;
    recognition.onresult = (event) => heard(event.results[0][0].transcript);
    recognition.onerror = (event) => {
      if (event.error !== "aborted") tell(t(event.error === "not-allowed" ? "voice.denied" : "voice.failed"));
    };
    recognition.onend = () => state(null);
    state(recognition);
    tell(t("voice.listening"));
    recognition.start();
  };
  mic.addEventListener("click", () => (listening ? listening.stop() : start()));
  document.getElementById("voice-note").hidden = false;
  option("voice", (on) => {
    mic.hidden = !on;
    if (!on && listening) listening.abort();
  });
}
