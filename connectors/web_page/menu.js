// The options: theme, large text, contrast, language, a new conversation, the transcript on file and on paper.

import { lasting } from "./storage.js";
import { LANGUAGE } from "./strings.js";

const root = document.documentElement;

export function menu({ onNew, onSave }) {
  const button = document.getElementById("menu-button");
  const panel = document.getElementById("menu");
  const open = (on) => {
    panel.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
  };
  button.addEventListener("click", () => open(panel.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.preventDefault(); // spent: it closes nothing else
    open(false);
    button.focus();
  });
  document.addEventListener("click", (event) => {
    if (!panel.hidden && !panel.contains(event.target) && !button.contains(event.target)) open(false);
  });
  panel.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !panel.contains(event.relatedTarget) && event.relatedTarget !== button) open(false);
  });

  for (const radio of panel.querySelectorAll("input[name=theme]")) {
    radio.checked = radio.value === (root.dataset.theme || "auto");
    radio.addEventListener("change", () => setTheme(radio.value));
  }
  look("large", "text", "large");
  look("contrast", "contrast", "more");
  document.getElementById("language").lang = LANGUAGE === "en" ? "vi" : "en";
  document.getElementById("language").addEventListener("click", changeLanguage);
  document.getElementById("new").addEventListener("click", () => {
    open(false);
    onNew(button);
  });
  document.getElementById("save").addEventListener("click", () => {
    open(false);
    button.focus();
    onSave();
  });
  document.getElementById("print").addEventListener("click", () => {
    open(false);
    button.focus();
    window.print();
  });
}

/** The switch `id`: `data-<name>="<value>"` on the page, kept as `tthc.<name>`. */
function look(id, name, value) {
  const node = document.getElementById(id);
  node.setAttribute("aria-checked", String(root.dataset[name] === value));
  node.addEventListener("click", () => {
    const on = root.dataset[name] !== value;
    const back = readingPlace();
    if (on) root.dataset[name] = value;
    else delete root.dataset[name];
    back();
    window.dispatchEvent(new Event("resize")); // whoever measures texts does so again
    lasting.set(`tthc.${name}`, on ? value : "");
    node.setAttribute("aria-checked", String(on));
  });
}

/** Where the citizen reads: gives a function that brings the same entry back after its size has changed. */
function readingPlace() {
  const log = document.getElementById("log");
  const top = log.getBoundingClientRect().top;
  const entry = [...log.querySelectorAll(".entry")].find((node) => node.getBoundingClientRect().bottom > top + 1);
  if (!entry) return () => {};
  const before = entry.getBoundingClientRect().top - top;
  return () => {
    log.scrollTop += entry.getBoundingClientRect().top - log.getBoundingClientRect().top - before;
  };
}

/** The page comes anew in the other language; conversation and unsent messages are found again. */
function changeLanguage() {
  const other = LANGUAGE === "en" ? "vi" : "en";
  lasting.set("tthc.lang", other);
  const search = new URLSearchParams(location.search);
  search.set("lang", other);
  location.replace(`?${search}`);
}

function setTheme(name) {
  if (name === "auto") {
    delete root.dataset.theme;
    lasting.drop("tthc.theme");
  } else {
    root.dataset.theme = name;
    lasting.set("tthc.theme", name);
  }
}

/** Asks before the conversation is cleared; calls `yes` or gives the focus back to `from`. */
export function confirmNew(from, yes) {
  const dialog = document.getElementById("confirm");
  const answer = (agreed) => {
    dialog.close();
    if (agreed) yes();
    else from.focus();
  };
  document.getElementById("confirm-yes").onclick = () => answer(true);
  document.getElementById("confirm-no").onclick = () => answer(false);
  dialog.oncancel = () => from.focus();
  dialog.showModal();
}
