// Modules that a page imports later, if at all: their sums are in its import map
// (pywebml/site/integrity.py), and a browser runs none that has another.
import { say } from "./dialogs.js";
import { t } from "./language.js";

let said = false;

/**
 * What a module exports. Where it does not come that is said, once, if this build has it;
 * who asked goes on without.
 *
 * @param {URL} address
 * @returns {Promise<any>}
 */
export async function later(address) {
  try {
    return await import(address.href);
  } catch (error) {
    const name = address.pathname.split("/").at(-1);
    const map = document.querySelector("script[type=importmap]")?.textContent;
    if (!said && map?.includes(`/${name}"`)) {
      said = true;
      say(
        t`A part of this page, ${name}, has not come as it was built. The rest works without it.`,
        "bad",
      );
    }
    throw error;
  }
}
