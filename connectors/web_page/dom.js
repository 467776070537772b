// The only ways this page makes elements.  Text goes in as text nodes; nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  list: "M5 6.500h.1M5 12h.1M5 17.500h.1M9 6.500h10M9 12h10M9 17.500h10",
  birth: "M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM9.2 12.200v.1M14.8 12.200v.1M9.5 16c1.5 1.3 3.5 1.3 5 0M12 5c-1.6-.5-1.8-2.2-.4-2.7 1.5-.4 2.3 1.3 1.2 2.2",
  card: "M3 6.500A1.5 1.5 0 0 1 4.5 5h15A1.5 1.5 0 0 1 21 6.500v11a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 17.500ZM8.5 11.500a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.600ZM5.5 16c.3-2 1.5-2.8 3-2.800s2.7.8 3 2.800M14.5 9.500h3.500M14.5 13h3.5",
  home: "M3.5 11.5 12 4l8.5 7.500M6 10v9.500h12V10M10 19.500V14h4v5.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5",
  calendar: "M4 7a1.5 1.5 0 0 1 1.5-1.500h13A1.5 1.5 0 0 1 20 7v11.500a1.5 1.5 0 0 1-1.5 1.500h-13A1.5 1.5 0 0 1 4 18.500ZM4 10h16M8 3.500v4M16 3.500v4M9 15l2.2 2.200L15.2 13",
  person: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.500c.6-4.2 3.5-6.3 7.5-6.300s6.9 2.1 7.5 6.3",
  pin: "M12 21c4.5-4.6 6.8-8.2 6.8-11.200a6.8 6.8 0 1 0-13.6 0C5.2 12.8 7.5 16.4 12 21ZM12 12.200a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  print: "M7 9V3.500h10V9M7 17.500H4.500A1.5 1.5 0 0 1 3 16v-5.500A1.5 1.5 0 0 1 4.5 9h15a1.5 1.5 0 0 1 1.5 1.500V16a1.5 1.5 0 0 1-1.5 1.500H17M7 14.500h10v6H7Z",
  out: "M14 4h6v6M20 4l-9 9M18 14v4.500a1.5 1.5 0 0 1-1.5 1.500h-11A1.5 1.5 0 0 1 4 18.500v-11A1.5 1.5 0 0 1 5.5 6H10",
  fold: "M6 9.500l6 6 6-6",
  check: "M5 12.500l4.5 4.500L19 7.5",
};

/**
 * An element.  `props` are attributes, with three words of our own: `class`, `text` and `on` (event name -> handler).
 * A null or false attribute is left out.  Children are nodes or strings; null ones are left out.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] || ICONS.check);
  svg.append(path);
  return svg;
}

export function hidden(text) {
  return el("span", { class: "sr-only", text });
}

/** An address we are willing to link to: https, or our own.  null when it is not one. */
export function safeUrl(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.origin === window.location.origin ? url.href : null;
  } catch (error) {
    return null;
  }
}

/** Text with its https addresses as links: an array of nodes. */
export function linked(text, newTab) {
  return text.split(/(https:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?])/).map((part, index) => {
    const url = index % 2 ? safeUrl(part) : null;
    return url ? outLink(url, part, newTab) : document.createTextNode(part);
  });
}

export function outLink(url, text, newTab, props = {}) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", ...props }, text, hidden(` (${newTab})`));
}

/** Gives the reader a file made here. */
export function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Prints one part of the page: print.css hides all but what is marked. */
export function printOnly(node) {
  const done = () => {
    node.classList.remove("print-me");
    document.body.classList.remove("print-one");
    window.removeEventListener("afterprint", done);
  };
  node.classList.add("print-me");
  document.body.classList.add("print-one");
  window.addEventListener("afterprint", done);
  window.print();
}
