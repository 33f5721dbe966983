// A node's calls as the page signs, carries and counts them.

import assert from "node:assert/strict";
import { createPublicKey, verify, webcrypto } from "node:crypto";
import { test } from "node:test";

import { der, Fleet } from "../../web/pages/teach/fleet.js";

globalThis.crypto ??= webcrypto;

test("a signature in DER has its two numbers without zeros before them, and positive", () => {
  const raw = new Uint8Array(96);
  raw.set([0, 1, 2], 45);
  raw.set([0x80, 5], 94);
  assert.deepEqual([...der(raw)], [0x30, 9, 2, 2, 1, 2, 2, 3, 0, 0x80, 5]);
  assert.deepEqual([...der(new Uint8Array(96))], [0x30, 6, 2, 1, 0, 2, 1, 0]);
});

test("calls are signed with the key that they name, which OpenSSL verifies", async () => {
  const fleet = new Fleet();
  const pem = Buffer.from(await fleet.open()).toString();
  for (let i = 0; i < 20; i++) {
    const headers = await fleet.headers();
    assert.equal(Buffer.from(headers["flwr-public-key"], "base64").toString(), pem);
    const signature = Buffer.from(headers["flwr-signature"], "base64");
    const now = Buffer.from(headers["flwr-timestamp"]);
    assert.ok(verify("sha256", now, createPublicKey(pem), signature));
    assert.ok(Math.abs(Date.now() - new Date(headers["flwr-timestamp"])) < 5000);
  }
});

test("calls go to the page's own address, and are counted", async () => {
  const fleet = new Fleet();
  await fleet.open();
  const asked = [];
  globalThis.fetch = async (address, { method, body, headers }) => {
    asked.push([address, method, body.length, headers["Content-Type"]]);
    return new Response(new Uint8Array([7]), { status: 401 });
  };
  const answer = await fleet.carry({ name: "push-object", body: new Uint8Array(5) });
  assert.deepEqual(answer, { status: 401, body: new Uint8Array([7]) });
  await fleet.carry({ name: "pull-messages", body: new Uint8Array(3) });
  assert.deepEqual(asked[0], ["/v1/fleet/push-object", "POST", 5, "application/protobuf"]);
  assert.deepEqual(fleet.sent, {
    trained: { times: 1, bytes: 5 },
    asked: { times: 1, bytes: 3 },
  });
});

test("a server that does not answer has status 0, and the reason", async () => {
  const fleet = new Fleet();
  await fleet.open();
  globalThis.fetch = async () => {
    throw new TypeError("Failed to fetch");
  };
  const { status, body } = await fleet.carry({ name: "pull-object", body: new Uint8Array(1) });
  assert.equal(status, 0);
  assert.match(new TextDecoder().decode(body), /does not answer/);
});
