// The game's rules: who wins a round, when a match is over, what the count says. No DOM,
// no clock.

export const GESTURES = ["rock", "paper", "scissors"];
export const TAUGHT = 12; // drawn hands of each that it learns from; the others are played with
export const BEAT = 650; // milliseconds from word to word
const BEATS = { rock: "scissors", paper: "rock", scissors: "paper" };
const WORDS = ["Rock", "Paper", "Scissors"];

/** Who wins a round: "you", "computer" or "" for a tie. */
export function winner(yours, computers) {
  if (yours === computers) return "";
  return BEATS[yours] === computers ? "you" : "computer";
}

/**
 * The word of the count so many milliseconds after its start; null when hands are shown.
 *
 * @param {number} elapsed
 * @returns {string | null}
 */
export const wordAt = (elapsed) => WORDS[Math.max(0, Math.floor(elapsed / BEAT))] ?? null;

/** What the computer shows; `random()` is from 0 to below 1. It does not look at yours. */
export const drawn = (random = Math.random) => GESTURES[Math.floor(3 * random())];

/** Rounds until one has won more than half of `bestOf`; ties are played again. */
export class Match {
  rounds = [];

  constructor(bestOf = 5) {
    this.bestOf = bestOf;
  }

  get score() {
    const won = (who) => this.rounds.filter((round) => round.winner === who).length;
    return { you: won("you"), computer: won("computer") };
  }

  /** How many rounds have to be won. */
  get needed() {
    return Math.floor(this.bestOf / 2) + 1;
  }

  /** Who has won the match, or "". */
  get winner() {
    const { score, needed } = this;
    return ["you", "computer"].find((who) => score[who] >= needed) ?? "";
  }

  /** Adds a round; returns it. Error where the match is over. */
  play(yours, computers, confidence = 1) {
    if (this.winner) throw new Error("The match is over; begin another one.");
    const round = { yours, computers, confidence, winner: winner(yours, computers) };
    this.rounds.push(round);
    return round;
  }
}

/** What is missing before one can play, in a sentence, or "". */
export function missing(counts) {
  const without = GESTURES.filter((gesture) => !counts[gesture]);
  if (!without.length) return "";
  const last = without.pop();
  const names = without.length ? `${without.join(", ")} and ${last}` : last;
  return `Show it ${names} first.`;
}

/**
 * Some of the pictures that it has not learnt from, `each` of every gesture, mixed.
 *
 * @param {Record<string, string[]>} left addresses by gesture
 */
export function dealt(left, each = 2, random = Math.random) {
  const cards = GESTURES.flatMap((gesture) =>
    mixed(left[gesture] ?? [], random)
      .slice(0, each)
      .map((address) => ({ gesture, address })),
  );
  return mixed(cards, random);
}

function mixed(things, random) {
  const rest = [...things];
  return things.map(() => rest.splice(Math.floor(rest.length * random()), 1)[0]);
}
