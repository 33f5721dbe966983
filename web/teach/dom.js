// Small helpers to build and find elements, to say things to people, and to ask them.

/** The element with this id; an error where the page has none. */
export function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

/**
 * A new element. `props`: `class`, `text`, `on` ({event: listener}), `data` ({name:
 * value}), properties of the element by name (value, disabled ...) and anything else as
 * an attribute; null and false are left out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on")
      Object.entries(value).forEach(([event, listener]) =>
        element.addEventListener(event, listener),
      );
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A new SVG element with attributes. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/**
 * An icon from the page's own sprite (the <symbol id="i-..."> elements in the page).
 */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/**
 * Says something once to everybody: read aloud by screen readers, shown for a while at
 * the bottom. `kind`: info, good or bad. `action`: {text, run} puts a button behind it,
 * such as Undo.
 */
export function say(text, kind = "info", action = null) {
  const toast = h("p", { class: `toast ${kind}` }, h("span", { text }));
  const close = () => toast.remove();
  if (action)
    toast.append(
      h("button", {
        type: "button",
        text: action.text,
        on: { click: () => (close(), action.run()) },
      }),
    );
  const list = find("toasts");
  list.append(toast);
  while (list.children.length > 2) list.firstElementChild.remove();
  setTimeout(close, kind === "bad" || action ? 10000 : 5000);
}

/** Says something to screen readers only: what others see anyway. */
export function aloud(text) {
  find("aloud").textContent = text;
}

/**
 * Asks in a dialog; resolves to true when the visitor agrees. `yes` names the button,
 * such as "Start over".
 */
export function ask(title, text, yes) {
  const dialog = find("ask");
  find("ask-title").textContent = title;
  find("ask-text").textContent = text;
  find("ask-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Hands a file to the visitor. `content`: bytes or text. */
export function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** Words for an error of any kind: its message, which is written for people. */
export const words = (error) =>
  error instanceof Error && error.message ? error.message : String(error);

/** "3 pictures", "1 picture". */
export const counted = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
