// The rules of rock, paper, scissors.

import assert from "node:assert/strict";
import test from "node:test";
import {
  BEAT,
  dealt,
  drawn,
  GESTURES,
  Match,
  missing,
  winner,
  wordAt,
} from "../../web/pages/rock_paper_scissors/game.js";

/** Numbers from 0 to below 1 that are the same every time. */
function seeded(seed = 1) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

test("each gesture beats one, loses to one and ties with itself", () => {
  for (const yours of GESTURES) {
    const results = GESTURES.map((theirs) => winner(yours, theirs));
    assert.deepEqual(results.toSorted(), ["", "computer", "you"]);
    assert.equal(winner(yours, yours), "");
    for (const theirs of GESTURES) {
      const back = { you: "computer", computer: "you", "": "" }[winner(theirs, yours)];
      assert.equal(winner(yours, theirs), back);
    }
  }
  assert.equal(winner("paper", "rock"), "you");
  assert.equal(winner("scissors", "paper"), "you");
});

test("the count says its three words, then hands are shown", () => {
  const words = [0, 1, BEAT - 1, BEAT, 2 * BEAT, 3 * BEAT - 1, 3 * BEAT, 99 * BEAT].map(wordAt);
  assert.deepEqual(words, ["Rock", "Rock", "Rock", "Paper", "Scissors", "Scissors", null, null]);
  assert.equal(wordAt(-5), "Rock"); // clocks may start a little late
});

test("the computer shows each gesture equally often, and no other", () => {
  const random = seeded();
  const counts = { rock: 0, paper: 0, scissors: 0 };
  for (let i = 0; i < 30_000; i += 1) counts[drawn(random)] += 1;
  for (const gesture of GESTURES) assert.ok(Math.abs(counts[gesture] - 10_000) < 400, counts);
  assert.deepEqual(
    [0, 1 / 3 + 1e-9, 1 - 2 ** -53].map((x) => drawn(() => x)),
    GESTURES,
  );
});

test("a match ends when more than half is won, and ties do not count", () => {
  for (const [bestOf, needed] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [5, 3],
    [9, 5],
  ]) {
    const match = new Match(bestOf);
    assert.equal(match.needed, needed);
    for (let i = 0; i < needed; i += 1) {
      assert.equal(match.winner, "");
      assert.equal(match.play("rock", "rock").winner, "");
      match.play("rock", "scissors", 0.9);
    }
    assert.equal(match.winner, "you");
    assert.deepEqual(match.score, { you: needed, computer: 0 });
    assert.equal(match.rounds.length, 2 * needed);
    assert.throws(() => match.play("rock", "paper"), /over/);
  }
});

test("what is missing is said in a sentence", () => {
  assert.equal(missing({ rock: 1, paper: 2, scissors: 3 }), "");
  assert.equal(missing({ rock: 0, paper: 2, scissors: 3 }), "Show it rock first.");
  assert.equal(
    missing({ rock: 0, paper: 0, scissors: 0 }),
    "Show it rock, paper and scissors first.",
  );
});

test("cards are dealt from all gestures, mixed, none twice", () => {
  const left = { rock: ["r1", "r2", "r3"], paper: ["p1"], scissors: ["s1", "s2", "s3"] };
  const cards = dealt(left, 2, seeded(7));
  const of = (gesture) => cards.filter((card) => card.gesture === gesture).length;
  assert.deepEqual(GESTURES.map(of), [2, 1, 2]);
  assert.equal(new Set(cards.map(({ address }) => address)).size, 5);
  assert.deepEqual(dealt({}, 2, seeded()), []);
  const orders = Array.from({ length: 8 }, (_, i) =>
    dealt(left, 2, seeded(i + 1))
      .map(({ address }) => address)
      .join(),
  );
  assert.ok(new Set(orders).size > 3, orders);
  assert.equal(left.rock.length, 3);
});
