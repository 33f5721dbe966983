// What is in a picture: a camera's frames taken together, and the score of drawn things.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressIn, judged } from "../../web/pages/classify/addresses.js";
import { areOfKeras, holdNetwork } from "../../web/pages/classify/networks.js";
import { namesOf, rankOf, scoreOf, Steady } from "../../web/pages/classify/steady.js";
import { zip } from "../../web/shared/zip.js";

const guess = (number, probability) => ({ class: number, label: `c${number}`, probability });
const numbers = (top) => top.map((each) => each.class);

test("the first frame counts wholly, later ones by and by", () => {
  const steady = new Steady();
  assert.deepEqual(steady.add([guess(1, 0.8), guess(2, 0.1)]), [guess(1, 0.8), guess(2, 0.1)]);
  const [first, second] = steady.add([guess(2, 0.9), guess(1, 0.05)]);
  assert.equal(first.class, 1); // one frame does not turn it over
  assert.ok(Math.abs(first.probability - (0.65 * 0.8 + 0.35 * 0.05)) < 1e-9);
  assert.ok(Math.abs(second.probability - (0.65 * 0.1 + 0.35 * 0.9)) < 1e-9);
  for (let i = 0; i < 5; i += 1) steady.add([guess(2, 0.9)]);
  assert.equal(steady.add([guess(2, 0.9)])[0].class, 2); // several do
});

test("classes that flicker keep their places", () => {
  const steady = new Steady();
  const orders = new Set();
  for (let i = 0; i < 40; i += 1) {
    const wobble = i % 2 ? -0.12 : 0.12; // every other frame has them the other way round
    orders.add(numbers(steady.add([guess(1, 0.5 + wobble), guess(2, 0.35 - wobble)])).join());
  }
  assert.deepEqual([...orders], ["1,2"]);
});

test("what is gone is forgotten, and no more than five are told", () => {
  const steady = new Steady();
  steady.add([guess(9, 0.9)]);
  for (let i = 0; i < 30; i += 1) steady.add([1, 2, 3, 4, 5, 6].map((n) => guess(n, 0.1)));
  const top = steady.add([1, 2, 3, 4, 5, 6].map((n) => guess(n, 0.1)));
  assert.equal(top.length, 5);
  assert.ok(!numbers(top).includes(9));
  steady.clear();
  assert.deepEqual(numbers(steady.add([guess(3, 0.2)])), [3]);
});

test("what is told does not change what is kept", () => {
  const steady = new Steady();
  const [told] = steady.add([guess(1, 0.5)]);
  told.probability = 0;
  assert.ok(steady.add([guess(1, 0.5)])[0].probability > 0.49);
});

test("the chosen class is shown while it is there, else the likeliest", () => {
  const top = [guess(4, 0.6), guess(7, 0.2)];
  assert.equal(rankOf(top, 7), 1);
  assert.equal(rankOf(top, 5), 0);
  assert.equal(rankOf(top, null), 0);
  assert.equal(rankOf([], 7), 0);
});

test("a picture of two things is seen as either", () => {
  assert.deepEqual(namesOf("jack-o'-lantern and analog clock"), [
    "jack-o'-lantern",
    "analog clock",
  ]);
  const named = (label, probability) => ({ class: 1, label, probability });
  const score = scoreOf([
    { picture: "a", top: [named("a", 0.9)] },
    { picture: "a and b", top: [named("b", 0.5), named("a", 0.4)] },
    { picture: "c", top: [named("d", 0.6), named("c", 0.3)] },
  ]);
  assert.deepEqual(score, { accuracy: 2 / 3, right: 2, tested: 3, confidence: 0.3 });
});

test("an address of the page's own is read, another's is not, and it says what to do", () => {
  const here = "https://pages.example/app/classify.html?device=cpu";
  const own = "https://pages.example/app/samples/a.jpg";
  assert.deepEqual(judged(" samples/a.jpg ", here), { url: own });
  assert.deepEqual(judged(own, here), { url: own });
  const drawn = "data:image/png;base64,iVBORw0KGgo=";
  assert.deepEqual(judged(drawn, here), { url: drawn });
  assert.deepEqual(judged("blob:https://pages.example/1-2", here), {
    url: "blob:https://pages.example/1-2",
  });
  const why = (text) => judged(text, here).why;
  assert.match(
    why("https://other.example/cat.jpg"),
    /talks to nobody.* from other\.example\. Drag/,
  );
  assert.match(why("blob:https://other.example/1"), /talks to nobody/);
  assert.match(why("file:///home/me/cat.jpg"), /Choose one/);
  assert.match(why("data:text/html,hello"), /data:image/);
  assert.match(why("https://"), /is no address/);
  assert.match(why("javascript:alert(1)"), /talks to nobody/);
  assert.match(why("  "), /Write the address/);
});

test("the address in a drag is its picture's, not its link's", () => {
  const none = { picture: null, list: "", text: "" };
  const link = "https://other.example/page.html";
  assert.equal(
    addressIn({ picture: "data:image/png;base64,x", list: link, text: link }).slice(0, 5),
    "data:",
  );
  assert.equal(addressIn({ ...none, list: `# a comment\r\n${link}\r\n` }), link);
  assert.equal(
    addressIn({ ...none, text: " https://other.example/cat.jpg\n" }),
    "https://other.example/cat.jpg",
  );
  assert.equal(addressIn({ ...none, text: "some words" }), "");
  assert.equal(addressIn(none), "");
});

test("a zip is of Keras where its list of names has such a file", async () => {
  const some = Uint8Array.of(1, 2, 3);
  const zipped = async (files) => new Uint8Array(await zip(files).arrayBuffer());
  const keras = await zipped({ "keras_model.h5": some, "labels.txt": some });
  const last = await zipped({ "labels.txt": some, "model.keras": some });
  const others = await zipped({ "model.json": some, "weights.bin": some, "my.h5.txt": some });
  assert.ok(areOfKeras({ "converted_keras.zip": keras }));
  assert.ok(areOfKeras({ "a.ZIP": last }) && areOfKeras({ "net.h5": some, "labels.txt": some }));
  assert.ok(!areOfKeras({ "my.h5.zip": others }) && !areOfKeras({ "model.json": some }));
  assert.ok(!areOfKeras({ "broken.zip": some }));
  assert.ok(holdNetwork([{ name: "a.ZIP" }]) && holdNetwork([{ name: "m.tflite" }]));
  assert.ok(!holdNetwork([{ name: "labels.txt" }]));
});
