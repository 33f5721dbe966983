// All that a browser runs, or reads as a page, because it is handed a text: addresses of
// workers, and HTML that was dropped. Where browsers have Trusted Types they take such
// texts from here and from nowhere else (pywebml/site/policy.py), and there is no way to
// hand this file a text to be run: it knows its scripts by itself.

// bound before confine.js takes them away
const { Blob, DOMParser, Worker } = globalThis;
const addressOf = URL.createObjectURL?.bind(URL);
const SERVICE_WORKER = new URL("../../sw.js", import.meta.url).href;

/** @param {string} address */
function scriptURL(address) {
  const own = address.startsWith(`blob:${globalThis.location?.origin}/`);
  if (own || address === SERVICE_WORKER) return address;
  throw new TypeError(`${address} is no script of this page's`);
}
const rules = { createScriptURL: scriptURL, createHTML: (/** @type {string} */ html) => html };
/** @type {typeof rules} */
const policy =
  /** @type {any} */ (globalThis).trustedTypes?.createPolicy("pywebml", rules) ?? rules;

export const hasWorkers = Boolean(Worker && addressOf);

/**
 * A worker of a script in this folder, begun from a blob: so it has the page's
 * Content-Security-Policy, also on hosts that send its script without one.
 *
 * @param {"worker.js" | "xnnpack_thread.js"} script
 * @param {string} name
 */
export function startWorker(script, name = "") {
  const source = `import ${JSON.stringify(new URL(script, import.meta.url).href)};`;
  const address = addressOf(new Blob([source], { type: "text/javascript" }));
  return new Worker(policy.createScriptURL(address), { type: "module", name });
}

/** The site's service worker. */
export function registerServiceWorker() {
  return navigator.serviceWorker.register(policy.createScriptURL(SERVICE_WORKER));
}

/**
 * A document of its own, in which nothing is fetched or run.
 *
 * @param {string} html
 */
export function inertDocument(html) {
  return new DOMParser().parseFromString(policy.createHTML(html), "text/html");
}
