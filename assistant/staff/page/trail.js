// The audit trail, for supervisors: who did what when, before and after.

import { download, el } from "../../chat/dom.js";
import { hour, t } from "./words.js";

const FIELDS = ["state", "lane", "calls", "desk"];
const node = (id) => document.getElementById(id);

export class Trail {
  /** `branch()`: the one looked at; `told(error)`: where errors go. */
  constructor(api, branch, told) {
    this.api = api;
    this.branch = branch;
    this.told = told;
    node("trail-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.show();
    });
    node("trail-export").addEventListener("click", () => this.export());
  }

  open(day) {
    node("trail-date").value = day;
    node("trail-date").max = day;
    node("trail-heading").focus();
    this.show();
  }

  forget() {
    node("trail-rows").replaceChildren();
  }

  async show() {
    await this.trying(async () => {
      const { acts } = await this.api.get(this.path(""));
      node("trail-rows").replaceChildren(...acts.reverse().map((act) => this.row(act)));
      node("trail-message").textContent = acts.length ? t("trail.count", { count: acts.length }) : t("trail.none");
    });
  }

  async export() {
    await this.trying(async () => {
      const { name, blob } = await this.api.file(this.path("/export"));
      download(name, blob.type, blob);
    });
  }

  path(end) {
    return `branches/${this.branch()}/acts${end}?date=${encodeURIComponent(node("trail-date").value)}`;
  }

  async trying(work) {
    try {
      await work();
    } catch (error) {
      this.forget();
      node("trail-message").textContent = error.message || t("state.failed");
      this.told(error);
    }
  }

  row(act) {
    const officer = act.officer === "command-line" ? t("trail.system") : act.officer;
    const cells = [
      `${hour(act.at)}${act.at.slice(16, 19)}`,
      officer,
      t(`trail.kinds.${act.act}`) + (act.undoes ? ` (${t("trail.undoes", { line: act.undoes })})` : ""),
      act.number || act.subject,
      change(act),
    ];
    return el("tr", { "data-act": act.act }, ...cells.map((text) => el("td", { text })));
  }
}

/** Only what differs: "Đang chờ → Đang gọi, Quầy 3". */
function change({ before, after }) {
  if (!("state" in after)) return "";
  const changed = FIELDS.filter((name) => (before[name] || "") !== (after[name] || ""));
  return changed
    .map((name) => `${word(name, before[name])} → ${word(name, after[name])}`)
    .join("; ");
}

function word(name, value) {
  if (value === undefined || value === "") return t("trail.nothing");
  if (name === "state") return t(`visit.states.${value}`);
  if (name === "lane") return t(`lane.${value}`);
  return name === "desk" ? t("visit.desk", { desk: value }) : t("visit.calls", { calls: value });
}
