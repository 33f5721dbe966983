// Curves of what a training says, step by step, at most so many values however long it
// runs: no DOM.

const MOST = 240; // values of a line; even, as every other one goes when there are more

export class History {
  every = 1; // epochs from one value to the next
  /** @type {number[][]} */
  lines;

  /** @param {number} count of lines */
  constructor(count) {
    this.lines = Array.from({ length: count }, () => []);
  }

  /** Epochs that its lines are over. */
  get epochs() {
    return Math.max(0, (this.lines[0].length - 1) * this.every) + 1;
  }

  /**
   * Adds a value per line after so many epochs; epochs between that nobody saw get it, too.
   *
   * @param {number} epoch
   * @param {number[]} values
   */
  add(epoch, values) {
    if (epoch < 1 || !values.every(Number.isFinite)) return;
    while ((epoch - 1) / this.every >= MOST) this.#thin();
    for (const [i, line] of this.lines.entries()) {
      while (line.length * this.every <= epoch - 1) line.push(values[i]);
      line[line.length - 1] = values[i];
    }
  }

  #thin() {
    this.every *= 2;
    this.lines = this.lines.map((line) => line.filter((_, i) => i % 2 === 0));
  }
}
