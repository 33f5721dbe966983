// What a page does once it has started, so that it will start without a connection.
import { registerServiceWorker } from "./trusted.js";

/** @typedef {import("./files.js").Files} Files */

const app = /** @type {string} */ (new URL("../", import.meta.url).pathname.split("/").at(-2));

/**
 * Has the service worker keep the build, which then may forget older ones; and keeps what
 * this page needs besides, such as drawn samples. After the start, so that it does not
 * compete with it for the network.
 *
 * @param {{ files: Files, needs: string[] }} about
 */
export async function keepForOffline({ files, needs }) {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  try {
    const registration = await registerServiceWorker();
    const { installing, waiting } = registration; // the browser may have found it before
    for (const next of [installing, waiting]) takeOverFrom(next);
    registration.addEventListener("updatefound", () => takeOverFrom(registration.installing));
    const { active } = await workers.ready;
    active?.postMessage(app);
    await Promise.all(needs.flatMap((need) => files.needed(need)).map((name) => files.keep(name)));
  } catch (error) {
    console.info("works online only:", /** @type {Error} */ (error).message);
  }
}

/** @param {ServiceWorker | null} next that of the next build, as soon as it is installed */
function takeOverFrom(next) {
  takeOver(next);
  next?.addEventListener("statechange", () => takeOver(next));
}

/**
 * Has the next build's worker take over once it has all files. It asks for that itself, but
 * Chromium leaves it waiting for minutes if the worker before it was stopped just then.
 *
 * @param {ServiceWorker | null} next
 */
function takeOver(next) {
  if (next?.state !== "installed") return;
  next.postMessage("take over");
  setTimeout(takeOver, 1000, next);
}
