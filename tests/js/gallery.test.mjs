// Which pages the gallery shows for what somebody writes.

import assert from "node:assert/strict";
import test from "node:test";
import { answer, meant, wordsOf } from "../../web/pages/gallery/search.js";

const DIGITS = "Read handwritten digits Train a network … works offline once opened MNIST t-SNE";

test("words lose their case, accents and marks", () => {
  assert.deepEqual(wordsOf("Où est t-SNE? 3 Bäume."), ["ou", "est", "t", "sne", "3", "baume"]);
  assert.deepEqual(wordsOf(" … - "), []);
});

test("each word asked for begins one of the page's", () => {
  for (const asked of ["", "  ", "mnist", "dig", "OFFLINE", "hand train", "t-sne", "tr, di"])
    assert.ok(meant(DIGITS, asked), asked);
  for (const asked of ["camera", "igits", "digits camera", "mnists"])
    assert.ok(!meant(DIGITS, asked), asked);
});

test("how many there are is said in words", () => {
  assert.equal(answer(9, 9), "9 pages");
  assert.equal(answer(3, 9), "3 pages of 9");
  assert.equal(answer(1, 9), "1 page");
  assert.match(answer(0, 9), /^No page/);
});
