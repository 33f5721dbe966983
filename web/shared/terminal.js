// What a program prints, as lines: carriage returns, backspaces and the escape sequences
// that progress bars use (cursor up and down, erase, colours) do what they do in a
// terminal. No DOM; console.js shows it.

/** @typedef {{ text: string, look: string }} Span text of one look: classes, "stderr red" */
/**
 * @typedef {object} Line
 * @property {Span[]} spans
 * @property {number} length in characters
 * @property {unknown} thing what stands on this line instead of text, such as a picture
 */

const MOST_LINES = 2000; // that are kept
const MOST_TEXT = 500_000; // characters that are kept
const LONGEST = 10_000; // characters of a line; what goes on is on the next
const TAB = 8;

// an escape sequence (its first part only, at the end), a control character, or text
// eslint-disable-next-line no-control-regex
const PARTS =
  /\x1b\[[\d;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g;
// eslint-disable-next-line no-control-regex
const UNFINISHED = /\x1b(?:\[[\d;?]*[ -/]*|\][^\x07\x1b]*)?$/;

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

export class Terminal {
  /** @type {Line[]} */
  lines = [blank()];
  /** Lines that were printed before the first one here. */
  lost = 0;
  /** @type {Set<Line>} those that have changed since somebody cleared this */
  changed = new Set();
  #row = 0;
  #column = 0;
  #size = 0; // characters of all lines
  #bold = false;
  #colour = "";
  #rest = ""; // an escape sequence whose end has not come yet

  /**
   * Prints text as a program does. `look`: classes of what it prints.
   *
   * @param {string} text
   */
  write(text, look = "") {
    const all = this.#rest + text;
    this.#rest = UNFINISHED.exec(all)?.[0] ?? "";
    const whole = all.slice(0, all.length - this.#rest.length);
    for (const [part] of whole.matchAll(PARTS)) {
      const code = part.charCodeAt(0);
      if (code === 0x1b) this.#escape(part);
      else if (code < 0x20 || code === 0x7f) this.#control(part);
      else this.#print(part, this.#looks(look));
    }
    this.#shorten();
  }

  /**
   * Text on lines of its own.
   *
   * @param {string} text
   * @param {string} look
   */
  say(text, look) {
    this.#freshLine();
    this.#bold = false;
    this.#colour = "";
    this.write(`${text}\n`, look);
  }

  /**
   * Something other than text, on a line of its own.
   *
   * @param {unknown} thing
   */
  put(thing) {
    this.#freshLine();
    const line = this.lines[this.#row];
    line.thing = thing;
    this.changed.add(line);
    this.#newline();
    this.#shorten();
  }

  /** The line that the cursor is on, up to the cursor. */
  get asked() {
    return text(this.lines[this.#row]);
  }

  clear() {
    this.lines = [blank()];
    this.lost = 0;
    this.changed.clear();
    this.#row = this.#column = this.#size = 0;
    this.#bold = false;
    this.#colour = this.#rest = "";
  }

  /** @param {string} look */
  #looks(look) {
    return [look, this.#bold && "bold", this.#colour].filter(Boolean).join(" ");
  }

  #freshLine() {
    this.#row = this.lines.length - 1;
    const { length, thing } = this.lines[this.#row];
    if (length || thing) this.#newline();
    this.#column = 0;
  }

  #newline() {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.lines.length) this.lines.push(blank());
  }

  /** @param {string} character */
  #control(character) {
    if (character === "\n") this.#newline();
    else if (character === "\r") this.#column = 0;
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character === "\t")
      this.#print(" ".repeat(TAB - (this.#column % TAB)), this.#looks(""));
  }

  /** @param {string} sequence */
  #escape(sequence) {
    const kind = sequence[1] === "[" ? sequence.at(-1) : "";
    const numbers = sequence.slice(2, -1).split(";").map(Number);
    const by = numbers[0] || 1;
    if (kind === "m") this.#colours(numbers);
    else if (kind === "A" || kind === "F") this.#row = Math.max(0, this.#row - by);
    else if (kind === "B" || kind === "E")
      this.#row = Math.min(this.lines.length - 1, this.#row + by);
    else if (kind === "C") this.#column += Math.min(by, 500);
    else if (kind === "D") this.#column = Math.max(0, this.#column - by);
    else if (kind === "G") this.#column = Math.min(by, 500) - 1;
    else if (kind === "K") this.#erase(numbers[0] || 0);
    else if (kind === "J" && numbers[0] >= 2) this.clear();
    if (kind === "E" || kind === "F") this.#column = 0;
  }

  /** @param {number[]} codes */
  #colours(codes) {
    for (let i = 0; i < codes.length; i += 1) {
      const code = codes[i] || 0;
      if (code === 0) {
        this.#bold = false;
        this.#colour = "";
      } else if (code === 1) this.#bold = true;
      else if (code === 22) this.#bold = false;
      else if (code === 39) this.#colour = "";
      else if (code >= 30 && code < 38) this.#colour = COLOURS[code - 30];
      else if (code >= 90 && code < 98) this.#colour = COLOURS[code - 90];
      else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : 4; // of 256 and more
    }
  }

  /** @param {number} which 0: from the cursor on, 1: up to it, 2: all */
  #erase(which) {
    const line = this.lines[this.#row];
    const cells = explode(line);
    const [from, to] = [
      which === 0 ? this.#column : 0,
      which === 1 ? this.#column + 1 : cells.length,
    ];
    for (let i = from; i < Math.min(to, cells.length); i += 1) cells[i] = { text: " ", look: "" };
    if (to >= cells.length) cells.length = Math.min(from, cells.length);
    this.#replace(line, cells);
  }

  /**
   * @param {string} part
   * @param {string} look
   */
  #print(part, look) {
    let characters = Array.from(part);
    while (characters.length) {
      const room = LONGEST - this.#column;
      this.#place(characters.slice(0, room), look);
      characters = characters.slice(room);
      if (characters.length) this.#newline();
    }
  }

  /**
   * @param {string[]} characters
   * @param {string} look
   */
  #place(characters, look) {
    let line = this.lines[this.#row];
    if (line.thing) {
      // the cursor went up to a picture
      this.#row = this.lines.length - 1;
      line = this.lines[this.#row];
    }
    if (this.#column > line.length) this.#append(line, " ".repeat(this.#column - line.length), "");
    if (this.#column === line.length) this.#append(line, characters.join(""), look);
    else {
      const cells = explode(line);
      cells.splice(
        this.#column,
        characters.length,
        ...characters.map((character) => ({ text: character, look })),
      );
      this.#replace(line, cells);
    }
    this.#column += characters.length;
    this.changed.add(line);
  }

  /**
   * @param {Line} line
   * @param {string} more
   * @param {string} look
   */
  #append(line, more, look) {
    const last = line.spans.at(-1);
    if (last?.look === look) last.text += more;
    else line.spans.push({ text: more, look });
    const length = Array.from(more).length;
    line.length += length;
    this.#size += length;
  }

  /**
   * @param {Line} line
   * @param {Span[]} cells one per character
   */
  #replace(line, cells) {
    this.#size += cells.length - line.length;
    line.spans = [];
    line.length = cells.length;
    for (const { text: character, look } of cells) {
      const last = line.spans.at(-1);
      if (last?.look === look) last.text += character;
      else line.spans.push({ text: character, look });
    }
    this.changed.add(line);
  }

  #shorten() {
    let first = 0;
    while (
      this.lines.length - first > MOST_LINES ||
      (this.#size > MOST_TEXT && first < this.lines.length - 1)
    ) {
      this.#size -= this.lines[first].length;
      this.changed.delete(this.lines[first]);
      first += 1;
    }
    this.lines.splice(0, first);
    this.lost += first;
    this.#row = Math.max(0, this.#row - first);
  }
}

/** @returns {Line} */
const blank = () => ({ spans: [], length: 0, thing: null });

/** @param {Line} line */
export const text = (line) => line.spans.map((span) => span.text).join("");

/** @param {Line} line */
const explode = (line) =>
  line.spans.flatMap((span) =>
    Array.from(span.text, (character) => ({ text: character, look: span.look })),
  );
