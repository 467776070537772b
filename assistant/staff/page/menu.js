// The options under the header's button.

const node = (id) => document.getElementById(id);

/** `on`: print(), export(), trail(), mail(), logout(), branch(id). */
export function setUpMenu(on) {
  const button = node("menu-button");
  const menu = node("menu");
  const open = (state) => {
    menu.hidden = !state;
    button.setAttribute("aria-expanded", String(state));
  };
  button.addEventListener("click", () => open(menu.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !menu.hidden) {
      open(false);
      button.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !button.contains(event.target)) open(false);
  });
  for (const [id, act] of Object.entries({ print: on.print, export: on.export, "trail-open": on.trail, "mail-open": on.mail, logout: on.logout })) {
    node(id).addEventListener("click", () => {
      open(false);
      button.focus();
      act();
    });
  }
  node("branch").addEventListener("change", (event) => on.branch(event.target.value));
  setUpTheme();
}

function setUpTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme || "auto";
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    choice.checked = choice.value === now;
    choice.addEventListener("change", () => {
      if (choice.value === "auto") delete root.dataset.theme;
      else root.dataset.theme = choice.value;
      localStorage.setItem("tthc.theme", choice.value);
    });
  }
}
