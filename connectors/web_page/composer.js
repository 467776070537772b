// The box where citizens write.

import { t } from "./strings.js";

const NEAR = 200; // characters left when the counter appears

/** Gives `focus()` and `add(words)`, which puts words where the citizen can still change them. */
export function composer(form, send) {
  const box = form.querySelector("textarea");
  const counter = document.getElementById("counter");
  const limit = Number(document.documentElement.dataset.textLimit);

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`; // the borders are not in the first
    const left = limit - box.value.length;
    counter.hidden = left > NEAR;
    counter.textContent = left > 0 ? t("composer.left", { count: left }) : t("composer.full", { limit });
    counter.classList.toggle("is-full", left <= 0);
  };
  const submit = () => {
    const words = box.value.trim();
    if (!words) {
      box.focus();
      return;
    }
    box.value = "";
    grow();
    send(words);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    // Telex and VNI keyboards compose letters: their Enter ends a word, not the message
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  window.addEventListener("resize", grow);
  grow();
  return {
    focus: () => box.focus(),
    add(words) {
      box.value = `${box.value} ${words}`.trim().slice(0, limit);
      grow();
      box.focus();
    },
  };
}
