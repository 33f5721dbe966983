// Keeps lesson and training over a reload, in one tab; files to take along and to bring
// back.

import { ask, say } from "../../shared/dialogs.js";
import { counted, download, words } from "../../shared/dom.js";
import { Turn } from "../../shared/tabs.js";
import { find } from "../find.js";
import { restored } from "./lesson.js";
import { Store } from "./store.js";

const NOT_KEPT =
  "This browser keeps nothing for this page (private mode, or no room left?). Export the sounds before you leave.";
const ELSEWHERE =
  "The sounds are open in another tab, which keeps them; what you do here is not kept.";

export class Keeping {
  #store = null;
  #last = Promise.resolve(); // writes come one after the other
  #warned = false;

  /** {classes, trained} that were kept, or null. */
  async open() {
    try {
      const store = await Store.open();
      const kept = await store.load();
      if (await new Turn("pywebml-sound").ask()) this.#store = store;
      else say(ELSEWHERE);
      const classes = restored(kept);
      return classes && { classes, trained: kept.trained };
    } catch {
      this.#warn();
      return null;
    }
  }

  keep(classes) {
    this.#write((store) => store.keep(classes));
  }

  keepTrained(trained) {
    this.#write((store) => store.keepTrained(trained));
  }

  #write(change) {
    if (!this.#store) return;
    this.#last = this.#last.then(() => change(this.#store)).catch(() => this.#warn());
  }

  #warn() {
    if (!this.#warned) say(NOT_KEPT, "bad");
    this.#warned = true;
  }
}

/** The buttons below the classes. `put(file)` takes an exported zip. */
export function wireFiles({ lesson, exported, put, startOver }) {
  const input = find("import-file");
  const tell = (error) => say(words(error), "bad");
  find("export").addEventListener("click", () =>
    exported().then((zip) => download("sounds.zip", zip, "application/zip"), tell),
  );
  find("import").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) put(file).catch(tell);
  });
  find("start-over").addEventListener("click", async () => {
    if (await mayReplace(lesson, "Start over?")) startOver();
  });
}

/** Asks before clips are replaced, where there are any; they can be brought back. */
export async function mayReplace(lesson, title) {
  const { length } = lesson.clips;
  const text = `Your ${counted(length, "clip")} will be replaced. You can undo it.`;
  return !length || ask(title, text, "Replace them");
}
