// Where the lesson is kept: in IndexedDB, by one tab at a time. Says so wherever it is
// not, and what to do about it; and has the browser asked to keep it for good.

import { Turn } from "../../shared/tabs.js";
import { words } from "../../shared/dom.js";
import { t } from "../../shared/language.js";
import { find } from "../find.js";
import { Store } from "./store.js";

const PATIENCE = 4000; // milliseconds for the browser to open its database
const SILENT = t`This browser does not answer about what it keeps: for now nothing is kept. Reload the page to try again, or export the project before you leave.`;
const ELSEWHERE = t`This lesson is open in another tab, too. What you do here is not kept, until that one is closed.`;
const LASTING = t`Kept in this browser until you delete it.`;
const CLEARED = t`Kept in this browser, which may clear it when it runs short of room: export what must not get lost.`;
const NOWHERE = t`Not kept in this browser: export what must not get lost.`;

export class Storage {
  #turn = new Turn("pywebml");
  #store = null;
  #unsay = () => {}; // takes back what was said last
  #said = null;
  #asked = false; // whether the browser was asked to keep it for good
  #lasting = false; // and agreed

  /** `status` says notices, `say` what passes. */
  constructor(classroom, status, say) {
    Object.assign(this, { classroom, status, say });
    this.#turn.addEventListener("change", () => this.#turnChanged());
    classroom.addEventListener("storage", ({ detail }) => this.#notice(detail));
    classroom.addEventListener("kept", () => this.#askToLast());
    navigator.storage?.persisted?.().then(
      (lasting) => this.#last(lasting),
      () => {},
    );
  }

  /** Opens it and takes up what is there; resolves when that is done, or in vain. */
  async open() {
    const patience = setTimeout(() => this.#notice(SILENT), PATIENCE);
    try {
      const [store, mine] = await Promise.all([Store.open(), this.#turn.ask()]);
      this.#store = store;
      await this.classroom.attach(store, mine);
      this.#notice(null);
      if (!mine) this.#elsewhere();
    } catch (error) {
      this.#notice(words(error));
    } finally {
      clearTimeout(patience);
    }
  }

  /** Another tab was closed or took over. */
  async #turnChanged() {
    if (!this.#store) return; // `open` will see to it
    if (!this.#turn.mine) {
      this.classroom.detach();
      this.#elsewhere();
      return;
    }
    try {
      await this.classroom.attach(this.#store, true);
      this.#notice(null);
      this.say(t`From now on this tab keeps the lesson.`, "good");
    } catch (error) {
      this.#notice(words(error));
    }
  }

  #elsewhere() {
    this.#notice(ELSEWHERE, { text: t`Use it here`, run: () => this.#turn.take() });
  }

  /**
   * Some browsers ask the visitor then, so this comes with the first picture that is
   * added, and not with a visit.
   */
  async #askToLast() {
    if (this.#asked || this.#lasting || !this.classroom.hasNew) return;
    this.#asked = true;
    this.#last((await navigator.storage?.persist?.().catch(() => false)) ?? false);
  }

  #last(lasting) {
    this.#lasting = lasting;
    this.#hint();
  }

  #hint() {
    const kept = this.#lasting ? LASTING : CLEARED;
    find("keeping").textContent = this.#said ? NOWHERE : kept;
  }

  /** One sentence at a time; null where all is well. */
  #notice(sentence, action = null) {
    if (sentence === this.#said) return;
    this.#unsay();
    this.#said = sentence;
    this.#hint();
    this.#unsay = sentence ? this.status.notice(sentence, "info", action) : () => {};
  }
}
