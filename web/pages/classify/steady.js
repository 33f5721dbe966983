// What a camera's frames show, taken together, so that bars do not tremble. No DOM.

/** @typedef {{ class: number, label: string, probability: number }} Guess */

const MOST = 5; // classes that are shown
const FRESH = 0.35; // how much the newest frame counts
const LEAST = 0.001; // what is forgotten

export class Steady {
  /** @type {Map<number, Guess>} */
  #shares = new Map();

  /** Another scene: nothing of the former counts. */
  clear() {
    this.#shares.clear();
  }

  /**
   * The likeliest classes of all frames so far, newer ones counting more; the first frame
   * counts wholly.
   *
   * @param {Guess[]} top a frame's
   * @returns {Guess[]}
   */
  add(top) {
    const first = this.#shares.size === 0;
    const fresh = first ? 1 : FRESH;
    for (const guess of this.#shares.values()) guess.probability *= 1 - fresh;
    for (const { probability, ...named } of top) {
      const before = this.#shares.get(named.class)?.probability ?? 0;
      this.#shares.set(named.class, { ...named, probability: before + fresh * probability });
    }
    for (const [number, { probability }] of this.#shares)
      if (!first && probability < LEAST) this.#shares.delete(number);
    const all = [...this.#shares.values()].sort((a, b) => b.probability - a.probability);
    return all.slice(0, MOST).map((guess) => ({ ...guess }));
  }
}

/**
 * Which of the classes that are shown is the chosen one, or the likeliest.
 *
 * @param {Guess[]} top
 * @param {number | null} chosen
 */
export const rankOf = (top, chosen) =>
  Math.max(
    0,
    top.findIndex((guess) => guess.class === chosen),
  );

/**
 * What a picture is called "A and B" may be seen as.
 *
 * @param {string} name
 */
export const namesOf = (name) => name.split(" and ");

/**
 * How many drawn pictures are seen as what they are, and how likely that was held to be
 * where it was least so, as the command has it.
 *
 * @param {{ picture: string, top: Guess[] }[]} seen
 */
export function scoreOf(seen) {
  const right = seen.filter(({ picture, top }) => namesOf(picture).includes(top[0].label)).length;
  const shares = seen.map(({ picture, top }) =>
    Math.max(
      0,
      ...top
        .filter(({ label }) => namesOf(picture).includes(label))
        .map(({ probability }) => probability),
    ),
  );
  return {
    accuracy: right / seen.length,
    right,
    tested: seen.length,
    confidence: Math.min(...shares),
  };
}
