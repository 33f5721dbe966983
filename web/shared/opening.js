// What all pages with Python do at their start, and the contract that one test drives
// for all of them: <main data-app>, a control [data-do=start], <html data-state> =
// loading | ready | working | done | failed, and `pywebml.outcome` = what the command's
// --json writes.

import { asked, boot, DEVICES } from "../runtime/boot.js";
import { say } from "./dialogs.js";
import { h, words } from "./dom.js";
import { choose, language, LANGUAGES, t, translatable } from "./language.js";
import { Status } from "./status.js";

/** @typedef {import("../runtime/boot.js").WorkerEvent} WorkerEvent */

keepDevice();
if (translatable) offerLanguages();

/**
 * Opens the worker for the app that <main data-app> names; says in the header how it
 * does. `onEvent` returns true for what the page itself deals with.
 *
 * @param {(event: WorkerEvent) => unknown} onEvent
 */
export function openPage(onEvent = () => {}) {
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const status = new Status();
  document.querySelector("header")?.append(status.element, status.notices);
  /** @param {WorkerEvent} event */
  const heard = (event) => {
    if (onEvent(event) === true) return;
    status.hear(event);
    // somebody may have started already
    if (event.event === "ready" && document.documentElement.dataset.state === "loading")
      become("ready");
    if (event.event === "failed") become("failed");
  };
  const worker = boot({ app: main.dataset.app, onEvent: heard });
  return { worker, status };
}

/** @param {"loading" | "ready" | "working" | "done" | "failed"} state */
export function become(state) {
  document.documentElement.dataset.state = state;
}

/**
 * Does the job of the page, and says so in <html data-state>; its outcome becomes
 * `pywebml.outcome`.
 *
 * @template Outcome
 * @param {() => Promise<Outcome>} job
 * @returns {Promise<Outcome>}
 */
export async function working(job) {
  become("working");
  try {
    const outcome = await job();
    globalThis.pywebml.outcome = outcome;
    become("done");
    return outcome;
  } catch (error) {
    become("failed");
    throw error;
  }
}

/**
 * Runs a job of a button, which does nothing else meanwhile (but keeps the focus); `failed` hears what went
 * wrong, in words.
 *
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} job
 * @param {(sentence: string) => void} failed
 */
export async function whileBusy(button, job, failed) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("aria-busy", "true");
  try {
    await job();
  } catch (error) {
    failed(words(error));
  } finally {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
  }
}

/** Who asks for a device in the address of one page gets it on the others, too. */
function keepDevice() {
  if (!asked) return;
  if (!DEVICES.includes(asked))
    say(
      t`This page's address asks for the device “${asked}”; there are ${DEVICES.join(", ")}.`,
      "bad",
    );
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll("a[href*='.html']");
  for (const link of links) {
    if (link.origin === location.origin) link.search = `${new URLSearchParams({ device: asked })}`;
  }
}

/** A menu at the end of the page, each language by its own name. */
function offerLanguages() {
  const names = Object.entries(LANGUAGES).map(([value, text]) =>
    h("option", { value, text, lang: value, selected: value === language }),
  );
  const menu = h("select", { "aria-label": t`Language` }, ...names);
  menu.addEventListener("change", () => choose(menu.value));
  document.querySelector(".foot")?.append(menu);
}
