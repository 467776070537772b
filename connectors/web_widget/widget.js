// The assistant in any page: <script src="https://…/widget.js" defer></script>
//
// A round button, and a frame of the assistant's own origin, so that neither side's styles and scripts reach the other.
// Options on the script element: data-title, data-position ("right" or "left"), data-open ("true"), data-lang ("vi" or
// "en").  From scripts: TTHC.open(), TTHC.close().
//
// Messages are those of embed.js, heard from our frame and our origin only, and sent to that origin only.  What must be
// known without the frame (was it used, is it open) is kept in the site's own storage; the conversation is not.
(function () {
  "use strict";
  if (window.TTHC) return;
  const script = document.currentScript || document.querySelector('script[src$="/widget.js"]');
  const home = new URL("./", script.src);
  const config = "{{config}}";
  const options = script.dataset;
  const language = (options.lang || document.documentElement.lang).startsWith("en") ? "en" : "vi";
  const words = config.words[language];
  const title = options.title || words.name;
  const PATIENCE_MS = 12000;
  const KEPT_MS = 30 * 86400 * 1000; // a conversation ends after as long (connectors/web_session.py)

  if (location.origin !== home.origin && !new RegExp(config.parents).test(location.origin)) {
    console.warn(`TTHC: ${location.origin} is not among the origins that may show the assistant`);
    return;
  }

  const store = (area, name, value) => {
    try {
      if (value === undefined) return window[area].getItem(name);
      window[area].setItem(name, value);
    } catch (error) {
      // blocked storage: each page of the site begins closed
    }
    return null;
  };
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function drawing(name, path) {
    const make = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
    const svg = make("svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", name);
    svg.append(make("path"));
    svg.firstChild.setAttribute("d", path);
    return svg;
  }

  // --- what is seen; styles go in as an object, which no content policy of the site forbids

  const host = el("tthc-widget", { lang: language });
  const shadow = host.attachShadow({ mode: "open" });
  const label = el("span", { class: "label" }, options.title || words.label);
  const badge = el("span", { class: "badge", "aria-hidden": "true" });
  const news = el("span", { class: "sr", role: "status" });
  const button = el("button", { type: "button", class: "launch", "aria-expanded": "false", "aria-controls": "panel" },
    label,
    el("span", { class: "disc" },
      drawing("talk", "M5 4.500h14A1.500 1.500 0 0 1 20.500 6v9.500A1.500 1.500 0 0 1 19 17h-7l-4.500 3.500V17H5a1.500 1.500 0 0 1-1.500-1.500V6A1.500 1.500 0 0 1 5 4.500ZM8 9h8M8 12.500h5"),
      drawing("cross", "M6.500 6.500l11 11M17.500 6.500l-11 11"),
      badge));
  const state = el("p", { role: "status" });
  const retry = el("button", { type: "button" }, words.retry);
  const away = el("a", { href: home.href, target: "_blank", rel: "noopener" }, words.elsewhere);
  const shut = el("button", { type: "button" }, say(words.close, { name: title }));
  const waiting = el("div", { class: "waiting" }, state, el("div", { class: "ways" }, retry, away, shut));
  const panel = el("section", { class: "panel", id: "panel", "aria-label": title }, waiting);
  const css = `
    :host { all: initial !important; }
    * { box-sizing: border-box; font-family: Inter, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; }
    [hidden] { display: none !important; }
    .sr { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .launch { position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      display: flex; align-items: center; gap: 10px; padding: 0; border: 0; background: none; color: #fff; font-size: 16px; font-weight: 600; line-height: 1.2; cursor: pointer; }
    .label { padding: 9px 14px; border: 1px solid #fff; border-radius: 18px; background: ${config.colours.primary}; box-shadow: 0 2px 10px rgb(0 0 0 / 28%); }
    .disc { position: relative; display: grid; place-items: center; width: 60px; height: 60px; border: 2px solid #fff; border-radius: 50%; background: ${config.colours.primary}; box-shadow: 0 3px 14px rgb(0 0 0 / 32%); }
    .launch:hover .disc, .launch:hover .label { background: ${config.colours.deep}; }
    svg { width: 30px; height: 30px; fill: none; stroke: #fff; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    .badge { position: absolute; top: -5px; right: -5px; min-width: 24px; padding: 2px 6px; border: 2px solid #fff; border-radius: 13px; background: #b3261e; color: #fff; font-size: 13px; line-height: 16px; text-align: center; }
    .badge:empty { display: none; }
    .launch:focus-visible { outline: none; }
    .launch:focus-visible .disc { outline: 3px solid #0b62d6; outline-offset: 2px; }
    :host([data-open]) .label, :host([data-open]) .talk, :host(:not([data-open])) .cross { display: none; }
    .panel { position: fixed; z-index: 2147483001; right: max(20px, env(safe-area-inset-right)); bottom: 94px;
      width: min(410px, calc(100vw - 40px)); height: min(680px, calc(100vh - 114px)); overflow: hidden; visibility: hidden; opacity: 0; transform: translateY(12px);
      border: 1px solid #8a9bb2; border-radius: 16px; background: #fff; color: #14233a; box-shadow: 0 12px 40px rgb(0 0 0 / 30%); transition: opacity .16s, transform .16s, visibility .16s; }
    :host([data-open]) .panel { visibility: visible; opacity: 1; transform: none; transition: opacity .16s, transform .16s; }
    :host([data-position="left"]) :is(.launch, .panel) { right: auto; left: max(20px, env(safe-area-inset-left)); }
    :host([data-position="left"]) .launch { flex-direction: row-reverse; }
    iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; visibility: hidden; }
    :host([data-open]) .ready iframe { visibility: visible; }
    .ready .waiting { visibility: hidden; }
    .waiting { display: grid; align-content: center; justify-items: center; gap: 18px; height: 100%; padding: 24px; font-size: 17px; line-height: 1.45; text-align: center; }
    .waiting p { margin: 0; }
    .ways { display: flex; flex-wrap: wrap; justify-content: center; gap: 10px; }
    .ways > * { padding: 9px 16px; border: 1.5px solid ${config.colours.primary}; border-radius: 20px; background: none; color: ${config.colours.primary}; font-size: 16px; font-weight: 600; line-height: 1.2; text-decoration: none; cursor: pointer; }
    .ways > :focus-visible { outline: 3px solid #0b62d6; outline-offset: 2px; }
    @media (max-width: 480px), (max-height: 420px) {
      .label { position: fixed; width: 1px; height: 1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); }
      .panel, :host([data-position="left"]) .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; }
      :host([data-open]) .launch { visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { .panel, :host([data-open]) .panel { transition: none; transform: none; } }
    @media (forced-colors: active) { .disc, .label { border-color: ButtonText; } svg { stroke: ButtonText; } }
    @media print { :host { display: none !important; } }`;
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
  } catch (error) {
    shadow.append(el("style", {}, css)); // browsers before 2023
  }
  if (options.position === "left") host.dataset.position = "left";
  shadow.append(button, panel, news);

  // --- the frame

  let frame = null;
  let ready = false;
  let unread = 0;
  let patience = 0;
  const isOpen = () => "open" in host.dataset;

  const tell = (message) => frame && frame.contentWindow && frame.contentWindow.postMessage(message, home.origin);

  function load() {
    ready = false;
    panel.classList.remove("ready");
    state.textContent = words.starting;
    retry.hidden = away.hidden = true;
    clearTimeout(patience);
    patience = setTimeout(() => {
      state.textContent = words.trouble;
      retry.hidden = away.hidden = false;
    }, PATIENCE_MS);
    if (frame) frame.remove();
    frame = el("iframe", { title, allow: "geolocation; microphone" });
    frame.src = new URL(`?widget=1&lang=${language}`, home).href;
    frame.addEventListener("load", () => tell({ tthc: "hello", open: isOpen() }));
    panel.append(frame);
  }

  window.addEventListener("message", ({ data, origin, source }) => {
    if (origin !== home.origin || !frame || source !== frame.contentWindow) return;
    if (!data || typeof data !== "object") return;
    if (data.tthc === "ready") {
      ready = true;
      clearTimeout(patience);
      panel.classList.add("ready");
      if (isOpen() && shadow.activeElement) enter(); // else the person has gone on elsewhere
    } else if (data.tthc === "close") close();
    else if (data.tthc === "unread" && Number.isSafeInteger(data.count)) tally(data.count);
  });
  window.addEventListener("online", () => frame && !ready && load());

  function tally(count) {
    const more = count > unread;
    unread = count;
    const told = count ? say(words.unread, { count }) : "";
    badge.textContent = count > 9 ? "9+" : count || "";
    if (more && !isOpen()) news.textContent = `${title}: ${told}`;
    if (!count) news.textContent = "";
    name();
  }

  function name() {
    const told = unread ? `, ${say(words.unread, { count: unread })}` : "";
    const visible = label.textContent;
    const spoken = isOpen() ? say(words.close, { name: title }) : say(words.open, { name: title });
    button.setAttribute("aria-label", (isOpen() || spoken.includes(visible) ? spoken : `${visible}: ${spoken}`) + told);
  }

  // --- open and close

  let opener = button; // where the focus goes back to

  function enter() {
    frame.focus();
    tell({ tthc: "shown" });
  }

  /** `asked`: by a person, so that the focus goes in; else the page merely begins with it open. */
  function show(asked) {
    if (isOpen()) return;
    const focused = document.activeElement;
    opener = asked && focused && focused !== host && focused !== document.body ? focused : button;
    host.dataset.open = "";
    button.setAttribute("aria-expanded", "true");
    name();
    store("localStorage", "tthc.widget", String(Date.now()));
    store("sessionStorage", "tthc.widget", "open");
    if (!frame || (!ready && !retry.hidden)) load();
    else if (ready) enter();
    if (asked && !ready) shut.focus();
  }

  function close() {
    if (!isOpen()) return;
    const inside = document.activeElement === host || document.activeElement === document.body;
    delete host.dataset.open;
    button.setAttribute("aria-expanded", "false");
    name();
    store("sessionStorage", "tthc.widget", "");
    tell({ tthc: "hidden" });
    if (inside) (opener.isConnected ? opener : button).focus();
  }

  button.addEventListener("click", () => (isOpen() ? close() : show(true)));
  shut.addEventListener("click", close);
  retry.addEventListener("click", () => {
    load();
    shut.focus();
  });
  document.addEventListener("keydown", (event) => {
    // the page may mean something else by it: only where the focus is ours or nobody's
    const ours = document.activeElement === host || document.activeElement === document.body;
    if (event.key === "Escape" && !event.defaultPrevented && isOpen() && ours) close();
  });
  window.TTHC = Object.freeze({ open: () => show(true), close });

  name();
  document.body.append(host);
  const wide = matchMedia("(min-width: 481px)").matches; // a page must not begin covered
  const before = store("sessionStorage", "tthc.widget");
  if (wide && (before === "open" || (before === null && options.open === "true"))) show(false);
  // whoever has used it may have news; the site's own content comes first
  else if (Date.now() - Number(store("localStorage", "tthc.widget")) < KEPT_MS) {
    const later = () => frame || load();
    if (document.readyState === "complete") later();
    else window.addEventListener("load", later);
  }
})();
