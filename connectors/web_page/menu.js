// The options: theme, large text, a new conversation, the transcript.

import { lasting } from "./storage.js";

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
  const large = document.getElementById("large");
  large.setAttribute("aria-checked", String(root.dataset.text === "large"));
  large.addEventListener("click", () => {
    const on = root.dataset.text !== "large";
    if (on) root.dataset.text = "large";
    else delete root.dataset.text;
    lasting.set("tthc.text", on ? "large" : "");
    large.setAttribute("aria-checked", String(on));
  });
  document.getElementById("new").addEventListener("click", () => {
    open(false);
    onNew(button);
  });
  document.getElementById("save").addEventListener("click", () => {
    open(false);
    button.focus();
    onSave();
  });
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
