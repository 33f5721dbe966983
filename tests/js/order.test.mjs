// The order of pictures on the page, and what comes in place of one that is gone.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/pages/teach/lesson.js";
import { beside, inSight, instead } from "../../web/pages/teach/order.js";

test("the newest picture comes first", () => {
  const lesson = lessons.newLesson();
  const [{ key }] = lesson.classes;
  lessons.addPictures(lesson, key, ["old", "new"]);
  assert.deepEqual(
    inSight(lesson, key).map((s) => s.picture),
    ["new", "old"],
  );
});

test("there is a next and a former one, but none beyond the ends", () => {
  const ids = ["a", "b", "c"];
  assert.equal(beside(ids, "a", 1), "b");
  assert.equal(beside(ids, "c", -1), "b");
  assert.equal(beside(ids, "c", 1), null);
  assert.equal(beside(ids, "a", -1), null);
  assert.equal(beside(ids, "x", 1), null);
  assert.equal(beside([], "a", 1), null);
});

test("in place of what is gone comes what stood behind it, else before it", () => {
  const ids = ["a", "b", "c", "d"];
  const among = (...there) => [ids, "b", (id) => there.includes(id)];
  assert.equal(instead(...among("a", "b", "c")), "b");
  assert.equal(instead(...among("a", "d")), "d");
  assert.equal(instead(...among("a")), "a");
  assert.equal(instead(...among()), null);
  assert.equal(
    instead(ids, null, (id) => id === "c"),
    "c",
  );
  assert.equal(
    instead([], "b", () => true),
    null,
  );
});
