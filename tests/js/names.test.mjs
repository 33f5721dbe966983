// Names of classes, and the folders of an exported project.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as lessons from "../../web/pages/teach/lesson.js";
import { alike, cleanName, folderNames } from "../../web/pages/teach/names.js";

const INVISIBLE = ["", " ", "\t", "\u200b", "\u200d", "\u2060\ufeff", "\u3164", "\u2800", "\u00ad"];
const MORE = ["\u0301", "\ufe0f", "\u202e", "\ud800", "\u0000", "\u{e0061}", "\u115f \u1160"];

test("a name that nobody can see is none", () => {
  const lesson = lessons.newLesson();
  for (const name of [...INVISIBLE, ...MORE]) {
    assert.equal(cleanName(name), "", JSON.stringify(name));
    assert.throws(() => lessons.addClass(lesson, name), /needs a name/);
  }
  assert.throws(() => lessons.addClass(lesson, "u\u200bp"), /“up” already/);
});

test("emoji and every script are names, and stay as they are", () => {
  const names = [
    "👍",
    "👨‍👩‍👧",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "❤️",
    "1️⃣",
    "👍🏽",
    "日本",
    "עברית",
    "می‌خواهم",
    "ก็",
    "☠",
    "m²",
    "C:",
    "?",
  ];
  const lesson = lessons.newLesson();
  for (const name of names)
    assert.equal(lessons.addClass(lesson, name).name, name.normalize("NFC"));
  assert.equal(cleanName("\u202egnp.exe"), "gnp.exe", "nothing turns the writing round");
  assert.equal(cleanName("e\u0301"), "\u00e9");
});

test("names that look the same are the same, but for what can be told apart", () => {
  for (const [one, other] of [
    ["Straße", "STRASSE"],
    ["é", "e\u0301"],
    ["a b", "a  b"],
    ["x", "x\u200d"],
  ])
    assert.equal(alike(one), alike(other));
  const apart = ["👍🏽", "👍🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "m2", "m²", "x?", "x!"];
  assert.equal(new Set(apart.map(alike)).size, apart.length);
});

test("a letter is what people count as one", () => {
  const lesson = lessons.newLesson();
  const family = "👨‍👩‍👧‍👦";
  assert.equal(lessons.addClass(lesson, family.repeat(20)).name, family.repeat(20));
  assert.throws(() => lessons.addClass(lesson, family.repeat(41)), /at most 40/);
  assert.throws(() => lessons.addClass(lesson, `a${"\u0301".repeat(500)}`), /at most 40/);
});

// folders

/** What no file system of today is asked to take, or that `teach` passes over. */
function assertPlain(folder) {
  assert.ok(folder.length > 0);
  assert.doesNotMatch(folder, /[<>:"/\\|?*\p{Cc}\p{Cs}]/u);
  assert.doesNotMatch(folder, /[. ]$/);
  assert.doesNotMatch(folder, /^(\.|__| )/);
  assert.doesNotMatch(folder, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
  assert.ok(new TextEncoder().encode(folder).length < 120, folder);
}

/** As macOS, Windows and others compare, each in its own way. */
const WAYS = [
  (s) => s,
  (s) => s.toLowerCase(),
  (s) => s.toUpperCase(),
  (s) => s.normalize("NFD"),
  (s) => s.normalize("NFKC").toLowerCase(),
  (s) =>
    s
      .normalize("NFD")
      .toUpperCase()
      .replace(/[\u200c-\u200f\ufe00-\ufe0f]/gu, ""),
];

function assertApart(names) {
  const folders = folderNames(names);
  assert.equal(folders.length, names.length);
  folders.forEach(assertPlain);
  for (const way of WAYS)
    assert.equal(new Set(folders.map(way)).size, names.length, JSON.stringify(folders));
  return folders;
}

test("emoji keep their folders; what file systems refuse gets one of its own", () => {
  assert.deepEqual(folderNames(["👍", "日本", "thumb up"]), ["👍", "日本", "thumb up"]);
  assertApart(["x__c3", "x?", "x!", "x*", "x_", "x_ (2)", "X_"]);
  assertApart(["con", "CON", "con.txt", "aux", "nul.", "COM1", "lpt¹", "_con"]);
  assertApart(["a", "a.", "a..", "a ", ".a", "..", ".", "/", "\\", "__a", "_a", "___a"]);
  assertApart(["é", "e\u0301", "É", "Ａ", "a", "ａ", "ß", "ss", "ẞ", "ﬁ", "fi", "x", "x\u200b"]);
  assertApart(["א‮", "א", "\u200b", "", "\ud800", "\udfff"]);
  assertApart([
    "x".repeat(500),
    `${"x".repeat(500)}y`,
    "👨‍👩‍👧".repeat(60),
    "é".repeat(99),
    "é".repeat(98),
  ]);
});

test("whatever names there are, each class has a folder of its own", () => {
  let seed = 1;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const pieces = [..."aAxXéß._ -()2?*:/\\<>|\"'!%~$", "__", "..", "con", "Nul", "\u0301", "\u200b"];
  pieces.push(
    "\u200d",
    "\ufe0f",
    "👍",
    "🏽",
    "\u202e",
    "א",
    "Ａ",
    "ﬁ",
    "İ",
    "ı",
    "\ud83d",
    "\u0000",
    " (2)",
  );
  for (let round = 0; round < 3000; round += 1) {
    const name = () =>
      Array.from({ length: random(6) }, () => pieces[random(pieces.length)]).join("");
    assertApart(Array.from({ length: 2 + random(19) }, name));
  }
});
