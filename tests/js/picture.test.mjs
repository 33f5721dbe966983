// web/runtime/picture.js: what is no picture yet is said, not taken for black pixels.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PictureReader } from "../../web/runtime/picture.js";

const form = { size: [2, 2], scale: [1, 1, 1], offset: [0, 0, 0], order: "RGB", fit: "crop" };

test("a video that knows its size, but has no picture yet, is refused in words", () => {
  const video = { videoWidth: 640, videoHeight: 480, readyState: 1 };
  const reader = new PictureReader(form);
  assert.throws(() => reader.read(video, new Float32Array(12), false), /has no pixels yet/);
});

test("so is an image that has not come", () => {
  const image = { naturalWidth: 0, naturalHeight: 0 };
  const reader = new PictureReader(form);
  assert.throws(() => reader.read(image, new Float32Array(12), false), /has no pixels yet/);
});
