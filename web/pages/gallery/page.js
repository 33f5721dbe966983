// The gallery is only links: no Python here. They keep the device that its address asks
// for.

import { say } from "../../shared/dialogs.js";
import { acceptDropsElsewhere } from "../../shared/dropzone.js";
import { t } from "../../shared/language.js";
import { later } from "../../shared/later.js";
import { become } from "../../shared/opening.js";
import { offerInstall } from "./install.js";
import { enliven } from "./pictures.js";
import { answer, meant } from "./search.js";

const field = /** @type {HTMLInputElement} */ (document.getElementById("asked"));
const count = /** @type {HTMLElement} */ (document.getElementById("count"));
/** @type {HTMLElement[]} */
const cards = [...document.querySelectorAll(".gallery > .card")];

function find() {
  for (const card of cards)
    card.hidden = !meant(`${card.textContent} ${card.dataset.words}`, field.value);
  const shown = cards.filter((card) => !card.hidden);
  count.textContent = answer(shown.length, cards.length);
}

field.addEventListener("input", find);
field.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const link = cards.filter((card) => !card.hidden)[0]?.querySelector("a");
  if (field.value.trim()) link?.focus();
});
// a slash leads to the search, as on many sites, unless somebody is writing
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement === field) return;
  event.preventDefault();
  field.focus();
});

const kept = /** @type {HTMLDetailsElement} */ (document.getElementById("kept"));
/** @type {Promise<import("./keeps.js").Keeps> | null} what is looked up once somebody wants to know */
let keeps = null;
kept.addEventListener("toggle", async () => {
  if (!kept.open) return;
  keeps ??= later(new URL("./keeps.js", import.meta.url)).then(({ Keeps }) => new Keeps());
  const part = await keeps.catch(() => (keeps = null)); // which is said
  if (!part) return;
  kept.append(part.element);
  await part.show();
});

/** Pages link to what is kept. */
function openLinked() {
  if (location.hash !== "#kept") return;
  kept.open = true;
  kept.scrollIntoView();
}
addEventListener("hashchange", openLinked);
openLinked();

acceptDropsElsewhere(() => say(t`Open the Teach page to drop pictures there.`, "bad"));
find(); // what a browser put back into the field
enliven(cards);
offerInstall(/** @type {HTMLElement} */ (document.getElementById("install")));
become("ready");
