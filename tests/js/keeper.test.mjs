// What a page keeps: whoever writes over what another tab has kept is told before.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Keeper, trouble } from "../../web/shared/keeper.js";
import { Changed } from "../../web/shared/kept.js";

let written, notices, refuse, keeper;

beforeEach(() => {
  [written, notices, refuse] = [[], [], null];
  const write = async (values, insist) => {
    if (refuse && !(insist && refuse instanceof Changed)) throw refuse;
    written.push(values);
  };
  const notice = (text, kind, action) => {
    const one = { text, action };
    notices.push(one);
    return () => (notices = notices.filter((other) => other !== one));
  };
  keeper = new Keeper({ write }, { notice });
});

test("what another tab has kept is not written over, unless the visitor says so", async () => {
  await keeper.keep({ a: 1 });
  refuse = new Changed();
  await keeper.keep({ a: 2 });
  await keeper.keep({ b: 3 });
  assert.deepEqual(written, [{ a: 1 }]);
  assert.equal(notices.length, 1, "it is said once");
  assert.match(notices[0].text, /Another tab has kept something newer/);
  notices[0].action.run();
  await null;
  await null;
  assert.deepEqual(written[1], { a: 2, b: 3 }, "all that was not kept meanwhile");
});

test("a full browser is said until there is room again", async () => {
  refuse = Object.assign(new Error("full"), { name: "QuotaExceededError" });
  await keeper.keep({ a: 1 });
  assert.match(notices[0].text, /no room left/);
  assert.equal(notices[0].action, null);
  refuse = null;
  await keeper.keep({ b: 2 });
  assert.deepEqual([written, notices], [[{ a: 1, b: 2 }], []]);
});

test("every trouble has its words", () => {
  const named = (name) => Object.assign(new Error(""), { name });
  const all = [new Changed(), ...["QuotaExceededError", "InvalidStateError", "x"].map(named), null];
  const sentences = all.map(trouble);
  assert.equal(new Set(sentences).size, 4);
  assert.equal(sentences[3], sentences[4]);
});
