// The way to have the pages as an app: a button where the browser offers it, and how it
// goes where a phone's browser leaves that to its own menu.

import { say } from "../../shared/dialogs.js";
import { h, keepFocus } from "../../shared/dom.js";
import { t } from "../../shared/language.js";

/** @typedef {Event & { prompt: () => Promise<{ outcome: string }> }} Offer */

/** @param {HTMLElement} place has its height already, so that nothing moves */
export function offerInstall(place) {
  // only Safari on iPhones and iPads knows this word
  if (/** @type {any} */ (navigator).standalone === false)
    place.append(t`To have these pages as an app: tap Share, then “Add to Home Screen”.`);
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the button asks
    const offer = /** @type {Offer} */ (event);
    const click = async () => {
      const { outcome } = await offer.prompt();
      // an offer is good for once; the browser makes another one
      keepFocus(() => place.replaceChildren());
      if (outcome === "accepted") say(t`The pages are installed as an app.`, "good");
    };
    const text = t`Install these pages as an app`;
    place.replaceChildren(h("button", { type: "button", text, on: { click } }));
  });
}
