// Training frame by frame: who presses Train before there is a network waits for it.

import assert from "node:assert/strict";
import test from "node:test";
import { Trainer } from "../../web/shared/trainer.js";

globalThis.requestAnimationFrame = (callback) => setTimeout(() => callback(0), 1);

/** A worker whose session trains an epoch a step. */
function session() {
  const asked = [];
  let epoch = 0;
  const call = async (method, { steps = 0 } = {}) => {
    asked.push(method.split(".")[1]);
    await new Promise((resolve) => setTimeout(resolve, 2));
    epoch += steps;
    return { steps: epoch, epoch, train_loss: 1, steps_per_epoch: 1 };
  };
  return { call, asked };
}

test("training that begins before the first build waits for it", async () => {
  const worker = session();
  const trainer = new Trainer(worker, "app");
  const trained = trainer.play(() => "step", 3);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(worker.asked, []);
  await trainer.build({}, true);
  await trained;
  assert.equal(worker.asked[0], "build");
  assert.equal(trainer.built?.epoch >= 3, true);
  assert.equal(trainer.playing, false);
});

test("a build that fails is told to who waits, and the next one counts", async () => {
  const worker = session();
  const { call } = worker;
  worker.call = () => Promise.reject(new Error("no such network"));
  const trainer = new Trainer(worker, "app");
  const trained = trainer.play(() => "step", 2);
  await assert.rejects(trainer.build({}, true), /no such network/);
  await assert.rejects(trained, /no such network/);
  worker.call = call;
  await trainer.build({}, true);
  await trainer.play(() => "step", 2);
  assert.equal((trainer.built?.epoch ?? 0) >= 2, true);
});
