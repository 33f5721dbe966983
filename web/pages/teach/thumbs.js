// A class's pictures, small: a click shows one large, a button on each deletes it. They
// are one stop for the tab key, with arrows within.

import { h, icon } from "../../shared/dom.js";
import { t } from "../../shared/language.js";
import { instead } from "./order.js";

export class Thumbs {
  #thumbs = new Map(); // by sample id, in the order in which they are shown
  #current = null; // the id of the one that the tab key comes to

  /** `show(id)` and `drop(id)` are called for a picture; `none()` takes the focus over. */
  constructor({ show, drop, none }) {
    Object.assign(this, { show, drop, none });
    this.element = h("ul", { class: "thumbs" });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focusin", ({ target }) => this.#came(target));
  }

  get size() {
    return this.#thumbs.size;
  }

  /** `samples` in the order in which they are to be shown. */
  render(name, samples) {
    const former = [...this.#thumbs.keys()];
    const focused = this.element.contains(document.activeElement);
    const thumbs = new Map();
    samples.forEach((sample, i) => {
      const thumb = this.#thumbs.get(sample.id) ?? new Thumb(this, sample);
      thumb.label(t`${samples.length - i} of ${name}`);
      const there = this.element.children[i];
      if (there !== thumb.element) this.element.insertBefore(thumb.element, there ?? null);
      thumbs.set(sample.id, thumb);
    });
    for (const [id, thumb] of this.#thumbs) if (!thumbs.has(id)) thumb.remove();
    this.#thumbs = thumbs;
    const current = instead(former, this.#current, (id) => thumbs.has(id));
    this.#reach(current ?? samples[0]?.id ?? null);
    if (focused && !this.element.contains(document.activeElement)) this.focus();
  }

  /** The focus goes to a picture, or to what comes in its place. */
  focus(id = this.#current) {
    const thumb = this.#thumbs.get(id) ?? this.#thumbs.get(this.#current);
    if (thumb) thumb.open.focus();
    else this.none();
  }

  clear() {
    this.#thumbs.forEach((thumb) => thumb.remove());
    this.#thumbs.clear();
  }

  /** The tab key comes to this one only. */
  #reach(id) {
    this.#current = id;
    for (const [each, { open, bin }] of this.#thumbs)
      open.tabIndex = bin.tabIndex = each === id ? 0 : -1;
  }

  #came(target) {
    for (const [id, { element }] of this.#thumbs) if (element.contains(target)) this.#reach(id);
  }

  #key(event) {
    if (event.key === "Delete") return this.drop(this.#current);
    const ids = [...this.#thumbs.keys()];
    const at = ids.indexOf(this.#current);
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (move === undefined) return undefined;
    event.preventDefault();
    return this.focus(ids[Math.max(0, Math.min(ids.length - 1, at + move))]);
  }
}

class Thumb {
  constructor({ show, drop }, { id, picture }) {
    const image = h("img", { alt: "", width: 44, height: 44, decoding: "async" });
    if (picture) image.src = this.address = URL.createObjectURL(picture);
    this.open = h(
      "button",
      { type: "button", class: "open", "aria-haspopup": "dialog", on: { click: () => show(id) } },
      image,
    );
    this.bin = h(
      "button",
      { type: "button", class: "bin", on: { click: () => drop(id) } },
      icon("cross"),
    );
    this.element = h("li", {}, this.open, this.bin);
  }

  label(which) {
    this.open.setAttribute("aria-label", t`Picture ${which}, show it large`);
    this.open.title = t`Show it large (Delete: delete it)`;
    this.bin.setAttribute("aria-label", t`Delete picture ${which}`);
    this.bin.title = t`Delete this picture`;
  }

  remove() {
    if (this.address) URL.revokeObjectURL(this.address);
    this.element.remove();
  }
}
