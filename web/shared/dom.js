// Small helpers to build elements and sentences.

import { filled, translated } from "./language.js";

/** @typedef {Node | string | null | undefined | false} Child what `h` takes; the last three are left out */

/**
 * A new element. `props`: `class`, `text`, `on` ({event: listener}), `data` ({name:
 * value}), properties of the element by name (value, disabled ...) and anything else as
 * an attribute; null and false are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} props
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on") listen(element, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element && !name.startsWith("aria")) Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

/**
 * @param {EventTarget} target
 * @param {Record<string, EventListener>} listeners
 */
function listen(target, listeners) {
  for (const [event, listener] of Object.entries(listeners))
    target.addEventListener(event, listener);
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
const present = (children) => children.flatMap((child) => (child || child === "" ? [child] : []));

const SVG = "http://www.w3.org/2000/svg";

/**
 * A new SVG element with attributes.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * An icon of the frame's sprite (the <symbol id="i-..."> elements in frame.html).
 *
 * @param {string} name
 * @param {string} look further classes
 */
export function icon(name, look = "") {
  const image = svg("use", { href: `#i-${name}` });
  return svg("svg", { class: `icon ${look}`.trim(), "aria-hidden": "true" }, image);
}

/**
 * Makes a change that may remove, hide or disable what has the focus. Then the focus
 * goes to `rest`, or to what the dialog or the page is about, rather than nowhere.
 *
 * @param {() => void} change
 * @param {() => HTMLElement | null | undefined} rest
 */
export function keepFocus(change, rest = () => null) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  /** @type {HTMLElement | null | undefined} */
  const around = focused?.closest("dialog[open]") ?? document.querySelector("main");
  change();
  if (!focused || focused === document.body || hasFocus()) return;
  for (const next of [rest(), around]) {
    next?.focus({ preventScroll: true });
    if (hasFocus()) return;
  }
}

/** Whether anything has it, and is not about to lose it since it was hidden or disabled. */
function hasFocus() {
  const { activeElement: element, body } = document;
  return element && element !== body && element.checkVisibility() && !element.matches(":disabled");
}

/**
 * Hands a file to the visitor.
 *
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} type
 */
export function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/**
 * Words for an error of any kind: its message, which is written for people.
 *
 * @param {unknown} error
 */
export const words = (error) =>
  error instanceof Error && error.message ? error.message : String(error);

/**
 * "3 pictures", "1 picture".
 *
 * @param {number} n
 * @param {string} one
 */
export const counted = (n, one, many = `${one}s`) =>
  n === 1 ? translated(`1 ${one}`) : filled(`{0} ${many}`, [n]);

/** @param {number} share of one */
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** Once the page is drawn again: not before it is seen. */
export const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
