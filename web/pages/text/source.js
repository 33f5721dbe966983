// The text that is learned: typed, pasted, from a file, or the one that ships.

import { say } from "../../shared/dialogs.js";
import { words } from "../../shared/dom.js";

export const SAMPLE = "Alice in Wonderland";

/** "change": it is another one. `open(bytes, name)` says what text is in a file. */
export class Source extends EventTarget {
  name = "";
  #bytes = null; // of a file too long for the field, which shows its beginning
  #characters = 0;

  constructor({ area, count, open }) {
    super();
    Object.assign(this, { area, count, open });
    area.addEventListener("input", () => this.put({ name: "your text", text: area.value }));
  }

  /** Takes a text, of a longer one its beginning and the file's bytes. */
  put({ name, text, bytes = null, characters = text.length }) {
    Object.assign(this, { name });
    this.#bytes = bytes;
    this.#characters = characters;
    if (this.area.value !== text) this.area.value = text;
    this.area.readOnly = Boolean(bytes);
    const length = `${characters.toLocaleString("en")} characters`;
    const beginning = bytes ? "; this is the beginning" : "";
    this.count.textContent = characters ? `${name}: ${length}${beginning}` : "Nothing to read yet";
    this.dispatchEvent(new Event("change"));
  }

  async takeFile(file) {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { text, characters, whole } = await this.open(bytes, file.name);
      this.put({ name: file.name, text, characters, bytes: whole ? null : bytes });
    } catch (error) {
      say(words(error), "bad");
    }
  }

  async takeSample() {
    const answer = await fetch(new URL("samples/alice.txt", document.baseURI)).catch(() => null);
    if (answer?.ok) this.put({ name: SAMPLE, text: await answer.text() });
    else say("The sample text could not be loaded. Are you offline on a first visit?", "bad");
  }

  /** The same for the same text. */
  get key() {
    return this.#bytes ? `${this.name} ${this.#bytes.length}` : this.area.value;
  }

  get text() {
    return this.area.value;
  }

  /** To be kept, and given to `put`. */
  get kept() {
    return { name: this.name, text: this.text, bytes: this.#bytes, characters: this.#characters };
  }

  /** Makes the worker's session know it; what `text.read` is to be told. */
  async given() {
    if (!this.#bytes) return { text: this.text };
    await this.open(this.#bytes, this.name);
    return {};
  }
}
