// Wires the page: what the citizen does, what the link brings, what the log shows.

import { Api, ApiError } from "./api.js";
import { forgetTicks } from "./checklist.js";
import { composer } from "./composer.js";
import { Conversation, endButton } from "./conversation.js";
import { embedded, heard } from "./embed.js";
import { Link } from "./link.js";
import { confirmNew, menu } from "./menu.js";
import { newId } from "./storage.js";
import { loadStrings, t } from "./strings.js";
import { saveTranscript } from "./transcript.js";
import { readAloud, voiceInput } from "./voice.js";

const REPEAT_WAITS_MS = [300, 1000, 2000, 4000, 8000, 15000];
const QUIET_MS = 1500; // a short break is mended before anyone needs to hear of it

async function start() {
  await loadStrings();
  const api = new Api();
  const banner = statusBanner();
  const log = document.getElementById("log");
  const voice = readAloud();

  const act = {
    choose(choice) {
      const words = choice.text || choice.title; // starters are asked in Vietnamese whatever the page's language
      say(choice.payload ? { payload: choice.payload } : { text: words }, words);
    },
    locate: (button) => locate(button, (location) => say({ location }, t("location.shared"))),
    retry: (id) => link.retry(id),
  };
  const conversation = new Conversation(log, act);
  const link = new Link(api, {
    state: banner.state,
    typing,
    reply(frame, item) {
      if (item) conversation.settle(item.frame.id);
      conversation.learn(frame.at);
      conversation.assistant(frame.messages);
      spoken(frame);
    },
    repeat: (item) => catchUp(item),
    refused(frame, item) {
      if (item) conversation.settle(item.frame.id);
      conversation.assistant([{ type: "text", text: frame.text }]);
    },
    failed: (item) => conversation.failed(item.frame.id),
    notice: (frame) => unasked(frame),
    contact: () => missed(),
    expired() {
      conversation.clear();
      conversation.notice(t("state.expired"));
      showWaiting();
    },
  });

  function spoken(frame) {
    heard(Date.parse(frame.at));
    voice.say(frame.messages.map((message) => message.text).join("\n"));
  }

  function unasked(frame) {
    if (conversation.unasked(frame)) spoken(frame);
  }

  function say(content, shown) {
    voice.hush();
    const id = newId();
    conversation.citizen(shown, { id });
    if (banner.broken()) conversation.waits(id);
    link.send({ frame: { id, ...content }, shown, known: conversation.known });
  }

  function showWaiting() {
    for (const { frame, shown } of link.waiting) conversation.citizen(shown, { id: frame.id });
  }

  /** Shows what was said unasked while nothing could be pushed to this page. */
  async function missed() {
    if (!conversation.since || !api.token) return;
    const era = link.era;
    const frames = await api.notices(new Date(conversation.since).toISOString()).catch(() => []);
    if (era === link.era) frames.forEach(unasked);
  }

  /** The server took this message before, and its answer was lost on the way: read it from the history. */
  async function catchUp(item) {
    const era = link.era;
    for (const wait of REPEAT_WAITS_MS) {
      typing(true);
      const entries = await api.history().catch(() => []);
      if (era !== link.era) return;
      const last = entries.filter((entry) => !entry.notice).pop();
      // an answer older than the question belongs to another one: this one is still being made
      if (last && last.who === "assistant" && Date.parse(last.at) > item.known) {
        typing(link.busy());
        conversation.restore(entries);
        showWaiting();
        return;
      }
      await new Promise((done) => setTimeout(done, wait));
      if (era !== link.era) return;
    }
    typing(link.busy());
    conversation.settle(item.frame.id);
    conversation.notice(t("state.no_answer"));
  }

  async function restore() {
    conversation.clear();
    if (!api.token) return;
    try {
      const entries = await api.history();
      if (entries.length) conversation.restore(entries);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) return;
      api.drop();
      conversation.notice(t("state.expired"));
    }
  }

  const box = composer(document.getElementById("composer"), (text) => say({ text }, text));
  menu({
    onNew: (button) => confirmNew(button, () => {
      forgetTicks();
      typing(false);
      link.reset();
      conversation.clear();
      banner.tell(t("state.fresh"));
      box.focus();
    }),
    onSave: () => saveTranscript(conversation.entries),
  });
  voiceInput((words) => box.add(words), banner.tell);
  endButton(log, document.getElementById("to-end"));

  await restore();
  showWaiting();
  link.connect();
  // on a phone the keyboard would cover what there is to read
  embedded(() => (matchMedia("(pointer: coarse)").matches ? log : document.getElementById("question")).focus());
  document.documentElement.dataset.ready = "true";
}

function typing(on) {
  const node = document.getElementById("typing");
  if (on === node.hasChildNodes()) return;
  if (!on) {
    node.replaceChildren();
    return;
  }
  const dots = document.createElement("span");
  dots.className = "dots";
  dots.setAttribute("aria-hidden", "true");
  for (let count = 0; count < 3; count += 1) dots.append(document.createElement("i"));
  const words = document.createElement("span");
  words.textContent = t("log.typing");
  node.replaceChildren(dots, words);
}

function statusBanner() {
  const node = document.getElementById("banner");
  let current = "live";
  let alarm = null; // the connection has been down for a moment
  let fade = null; // good news need not stay
  const show = (words, mood) => {
    clearTimeout(alarm);
    clearTimeout(fade);
    node.textContent = words;
    node.dataset.mood = mood;
    node.hidden = !words;
  };
  const brief = (words) => {
    show(words, "good");
    fade = setTimeout(() => show("", ""), 4000);
  };
  const broken = () => current === "down";
  return {
    broken,
    tell: brief,
    state(name) {
      const before = current;
      current = name;
      document.documentElement.dataset.link = name;
      if (name === "down" && navigator.onLine === false) show(t("state.offline"), "bad");
      else if (name === "down" && (before !== "down" || node.hidden)) {
        clearTimeout(alarm);
        alarm = setTimeout(() => show(t("state.down"), "bad"), QUIET_MS);
      } else if (name !== "down" && !node.hidden && node.dataset.mood === "bad") brief(t("state.back"));
      else if (name !== "down") clearTimeout(alarm);
    },
  };
}

/** Asks the browser where we are; about ten metres are enough to find a branch, and more is nobody's business. */
function locate(button, found) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const label = button.querySelector("span");
  const tell = (key) => {
    label.textContent = t(key);
  };
  const refused = (error) => {
    button.removeAttribute("aria-disabled");
    tell("location.share");
    let note = button.parentElement.querySelector(".problem");
    if (!note) {
      note = document.createElement("p");
      note.className = "problem";
      button.parentElement.append(note);
    }
    note.textContent = t(error && error.code === 1 ? "location.denied" : "location.failed");
  };
  button.setAttribute("aria-disabled", "true");
  if (!navigator.geolocation) {
    refused(null);
    return;
  }
  tell("location.asking");
  const round = (degrees) => Math.round(degrees * 10000) / 10000;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      tell("location.shared");
      found({ lat: round(coords.latitude), lon: round(coords.longitude) });
    },
    refused,
    { timeout: 15000, maximumAge: 60000 },
  );
}

start();
