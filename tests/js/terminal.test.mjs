// What programs print, as lines.

import assert from "node:assert/strict";
import test from "node:test";
import { Terminal, text } from "../../web/shared/terminal.js";

const printed = (...parts) => {
  const terminal = new Terminal();
  for (const part of parts) terminal.write(part, "stdout");
  return terminal;
};
const lines = (...parts) => printed(...parts).lines.map(text);

test("lines, and what goes on", () => {
  assert.deepEqual(lines("a", "b\nc"), ["ab", "c"]);
  assert.deepEqual(lines("a\n\n"), ["a", "", ""]);
});

test("progress bars write over themselves", () => {
  assert.deepEqual(lines("  5 %\r 50 %\r100 %\n"), ["100 %", ""]);
  assert.deepEqual(lines("long words\rab"), ["abng words"]);
  assert.deepEqual(lines("long words\r\x1b[Kab"), ["ab"]);
  assert.deepEqual(lines("abc\b\bX"), ["aXc"]);
  assert.deepEqual(lines("one\ntwo\n\x1b[2Aup", "\x1b[2Bdown"), ["upe", "two", "  down"]);
  assert.deepEqual(lines("12345\x1b[3D\x1b[1Kx"), ["  x45"]);
});

test("sequences may come in pieces, and others are left out", () => {
  assert.deepEqual(lines("a\x1b", "[3", "1mred\x1b[0m"), ["ared"]);
  assert.deepEqual(lines("a\x1b]0;title\x07b\x1b[?25lc\x07\x00"), ["abc"]);
  assert.deepEqual(lines("gone\x1b[2J\x1b[Hb"), ["b"]);
});

test("colours become looks", () => {
  const [line] = printed("a\x1b[1;31mb\x1b[38;5;200mc\x1b[0md").lines;
  assert.deepEqual(line.spans, [
    { text: "a", look: "stdout" },
    { text: "bc", look: "stdout bold red" },
    { text: "d", look: "stdout" },
  ]);
});

test("a character is one column, however many units it has", () => {
  assert.deepEqual(lines("🐍🐍🐍\rx"), ["x🐍🐍"]);
  assert.deepEqual(lines("a\tb"), ["a       b"]);
});

test("it is bounded, and counts what it drops", () => {
  const many = printed(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  assert.equal(many.lines.length, 2000);
  assert.equal(many.lost, 3001);
  assert.equal(text(many.lines[0]), "3001");
  const wide = printed("x".repeat(2_000_000));
  assert.ok(wide.lines.length <= 51);
  assert.ok(Math.max(...wide.lines.map((line) => line.length)) <= 10_000);
  many.clear();
  assert.deepEqual([many.lines.length, many.lost], [1, 0]);
});

test("things and words have lines of their own", () => {
  const terminal = printed("half");
  terminal.put("picture");
  terminal.say("words", "note");
  terminal.write("x");
  assert.deepEqual(
    terminal.lines.map((line) => line.thing ?? text(line)),
    ["half", "picture", "words", "x"],
  );
});
