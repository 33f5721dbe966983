// The line at the top that says how Python is doing, and the notices below it.

import { find, h } from "./dom.js";

const MB = 1 << 20;
const megabytes = (bytes) => (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);

export class Host {
  #set(state, text, share = null) {
    find("host").dataset.state = state;
    find("host-text").textContent = text;
    find("host-progress").hidden = state !== "booting";
    if (share === null) find("host-progress").removeAttribute("value");
    else find("host-progress").value = share;
  }

  /** "Loading Python… 3 of 9 MB". */
  booting({ text, done, of }) {
    const amount = of > 0 ? ` ${megabytes(done)} of ${megabytes(of)} MB` : "";
    this.#set("booting", `${text.replace(/[.…\s]+$/, "")}…${amount}`, of > 0 ? done / of : null);
  }

  ready({ device, webgpu, reason }) {
    const slow = device.software || device.language === "numpy";
    this.#set(slow ? "slow" : "ready", slow ? "Ready, without a graphics card" : "Ready");
    find("host").title = `Runs on ${device.name}`;
    if (!webgpu && reason) this.notice(`${reason} It works all the same, only slower.`);
    else if (device.software)
      this.notice(
        `Graphics are done by software here (${device.name}): everything works, only slower.`,
      );
  }

  lost(message) {
    this.#set("booting", message || "The graphics device was lost. Reopening it…");
  }

  /**
   * The worker cannot go on. Of a traceback only the last line is for people; the rest
   * is in the browser's console.
   */
  failed(message) {
    if (find("host").dataset.state === "failed") return;
    this.#set("failed", "Not working");
    this.notice(`Python could not start: ${String(message).trim().split("\n").at(-1)}`, "bad");
  }

  /** A sentence that stays until it is closed. */
  notice(text, kind = "info") {
    const box = find("notice");
    if ([...box.children].some((line) => line.dataset.text === text)) return;
    const line = h("p", { class: kind, data: { text } }, h("span", { text }));
    const close = () => (line.remove(), (box.hidden = !box.children.length));
    line.append(
      h("button", { type: "button", class: "quiet", text: "Close", on: { click: close } }),
    );
    box.append(line);
    box.hidden = false;
  }
}
