// The game as it is seen: two hands, the count between them, the score and the rounds.

import { h, nextFrame, percent } from "../../shared/dom.js";
import { hand } from "./hands.js";
import { drawn, Match, wordAt } from "./game.js";

const SAYS = { you: "You win this one", computer: "The computer wins this one", "": "A tie" };

export class Play {
  #match = new Match();
  #counting = false;

  /**
   * `look()` resolves to {label, confidences} of what you show when the count is over;
   * `began()` and `ended()` hear of every round.
   */
  constructor({ look, began, ended }) {
    Object.assign(this, { look, began, ended });
    this.yours = h("div", { class: "side" });
    this.computers = h("div", { class: "side" });
    this.word = h("p", { class: "word", role: "status", text: "Ready?" });
    this.scores = h("p", { class: "scores" });
    this.list = h("ol", { class: "rounds", "aria-label": "Rounds" });
    this.element = h(
      "div",
      { class: "play" },
      this.scores,
      h("div", { class: "arena" }, this.yours, this.word, this.computers),
      this.list,
    );
    this.#render();
  }

  get counting() {
    return this.#counting;
  }

  get match() {
    return this.#match;
  }

  set bestOf(rounds) {
    this.#begin(rounds);
  }

  #begin(rounds) {
    this.#match = new Match(rounds);
    this.#say("Ready?");
    this.#render();
  }

  /** Counts, looks, and shows who wins. */
  async round() {
    if (this.#counting) return;
    if (this.#match.winner) this.#begin(this.#match.bestOf);
    this.#counting = true;
    this.element.classList.add("counting");
    this.#show("rock", "rock");
    this.began();
    const computers = drawn(); // it has chosen before it looks
    try {
      const start = performance.now();
      for (let word = ""; word !== null; word = wordAt(performance.now() - start)) {
        if (word) this.#say(word);
        await nextFrame();
      }
      this.#say("Show!");
      const said = await this.look();
      this.#match.play(said.label, computers, said.confidences[said.label]);
      this.#render();
    } catch (error) {
      this.#say("Ready?");
      throw error;
    } finally {
      this.#counting = false;
      this.element.classList.remove("counting");
      this.ended();
    }
  }

  #say(text) {
    if (this.word.textContent !== text) this.word.textContent = text;
  }

  /** `note` stands below your hand, and the name of its own below the computer's. */
  #show(yours, computers, note = "") {
    const side = (name, gesture, note) => [
      h("span", { class: "who", text: name }),
      hand(gesture),
      h("span", { class: "what", text: note }),
    ];
    this.yours.replaceChildren(...side("You", yours, note));
    this.computers.replaceChildren(...side("Computer", computers, note && computers));
  }

  #render() {
    const { score, rounds, needed, winner } = this.#match;
    this.scores.replaceChildren(
      h("strong", { text: score.you }),
      h("span", { text: `first to ${needed}` }),
      h("strong", { text: score.computer }),
    );
    this.scores.setAttribute(
      "aria-label",
      `You ${score.you}, computer ${score.computer}; first to ${needed}`,
    );
    const last = rounds.at(-1);
    if (last) {
      this.#show(last.yours, last.computers, `${last.yours}, ${percent(last.confidence)} sure`);
      this.#say(winner ? ends(winner, score) : SAYS[last.winner]);
    } else this.#show("rock", "rock");
    this.element.dataset.winner = last?.winner ?? "";
    this.list.replaceChildren(...rounds.map(row));
  }
}

function ends(winner, { you, computer }) {
  const by = `${Math.max(you, computer)} to ${Math.min(you, computer)}`;
  return winner === "you" ? `You win the match, ${by}!` : `The computer wins, ${by}`;
}

function row({ yours, computers, winner }) {
  const words = { you: "you win", computer: "computer wins", "": "tie" }[winner];
  return h(
    "li",
    { class: "round", data: { winner }, title: `${yours} against ${computers}: ${words}` },
    hand(yours),
    h("span", { class: "unseen", text: `${yours} against ${computers}: ${words}` }),
    hand(computers),
  );
}
