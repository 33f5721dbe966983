// Texts of somebody who wishes harm (tests/support/hostile.json), through all that reads
// names, links and files without a DOM.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";

import { addressIn, judged } from "../../web/pages/classify/addresses.js";
import { cleanName, fileName, folderNames, shortName } from "../../web/pages/teach/names.js";
import { lessonOf } from "../../web/pages/teach/project.js";
import { csv } from "../../web/pages/teach/verdicts.js";
import { fragment, query } from "../../web/shared/address.js";
import { readChosen } from "../../web/shared/chosen.js";
import { kindOf } from "../../web/shared/inventory.js";
import { refusal, valueOf } from "../../web/shared/limits.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf-8"));
const TEXTS = read("../support/hostile.json");
const APPS = read("../../web/apps.json").filter(({ options }) => options?.length);
const HERE = "https://pages.example/app/classify.html";
const OWN = ["polluted", ...Object.getOwnPropertyNames(Object.prototype)];

afterEach(() => {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), OWN.slice(1));
  assert.equal({}.polluted, undefined);
});

test("names keep no controls, no halves of letters, and turn no writing round", () => {
  for (const text of TEXTS) {
    for (const name of [cleanName(text), shortName(text)]) {
      assert.doesNotMatch(name, /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/u);
      assert.ok(name.isWellFormed());
    }
    assert.ok(shortName(text).length <= 320);
  }
});

test("folders and files of any name lead nowhere, on any system, and are all different", () => {
  const folders = folderNames(TEXTS);
  assert.equal(new Set(folders.map((name) => name.toLowerCase())).size, TEXTS.length);
  for (const name of [...folders, ...TEXTS.map((text) => fileName(text, "answers"))]) {
    assert.doesNotMatch(name, /[/\\:*?"<>|\p{Cc}]/u);
    assert.doesNotMatch(name, /^\.|[. ]$|^(con|nul|aux|prn)(\.|$)/i);
    assert.ok(name && new TextEncoder().encode(name).length <= 120);
  }
});

test("no cell of a table is a formula", () => {
  const rows = TEXTS.map((path, i) => ({ path, answer: i, share: 1, truth: i, shares: [] }));
  const table = csv(rows, TEXTS);
  const cells = [...table.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)];
  assert.ok(cells.length > 4 * TEXTS.length);
  for (const [, quoted, plain] of cells) assert.doesNotMatch(quoted ?? plain ?? "", /^[=+\-@\t\r]/);
});

test("links set what may be set, and nothing else", () => {
  let asked = 0;
  for (const { name: app, options } of APPS) {
    const names = options.map(({ name }) => name).sort();
    for (const text of TEXTS) {
      const value = encodeURIComponent(text.toWellFormed());
      const asks = names.map((name) => `${name}=${value}`);
      for (const hash of [asks.join("&"), `${value}=1`, text]) {
        const { settings, ignored } = readChosen(hash, options);
        assert.deepEqual(Object.keys(settings).sort(), names, `${app}#${hash}`);
        assert.equal(Object.getPrototypeOf(settings), Object.prototype);
        for (const option of options)
          assert.equal(refusal(option, settings[option.name]) || "", "", `${app}#${hash}`);
        assert.ok(ignored.every((words) => words.length <= 40));
        asked += 1;
      }
      for (const option of options) {
        const taken = valueOf(option, text);
        if (taken !== null && !refusal(option, taken))
          assert.ok(["string", "number", "boolean"].includes(typeof taken));
      }
    }
  }
  assert.ok(asked > 200);
});

test("an address that nobody can read says nothing", () => {
  for (const text of TEXTS) {
    assert.equal(typeof fragment(`${HERE}#${text}`), "string");
    const said = query("__proto__", `${HERE}?${text}`);
    assert.ok(said === null || typeof said === "string");
  }
});

test("a picture's address is the page's own, or holds the picture", () => {
  for (const text of TEXTS) {
    const carried = [
      { picture: text, list: "", text: "" },
      { list: text, text },
    ];
    for (const address of [text, ...carried.map(addressIn)]) {
      const { url, why } = judged(address, HERE);
      if (url) assert.match(url, /^(https:\/\/pages\.example\/|data:image\/)/);
      else assert.ok(why);
    }
  }
});

test("a project's notes change a lesson, and nothing else", () => {
  for (const text of TEXTS) {
    const json = JSON.stringify(text);
    for (const notes of [
      `{"title": ${json}, "settings": {${json}: ${json}, "epochs": ${json}}}`,
      `{"__proto__": {"polluted": 1}, "directions": {${json}: ${json}}, "off": [${json}]}`,
      `{"constructor": {"prototype": {"polluted": 1}}, "samples": [{"id": ${json}, "key": ${json}}]}`,
      text,
    ]) {
      const classes = [
        { key: "__proto__", name: text },
        { key: text, name: "constructor" },
      ];
      const extra = { "teach.json": new TextEncoder().encode(notes) };
      const { lesson } = lessonOf([], { classes, samples: [], head: null, extra, unlike: "" });
      assert.ok(lesson.classes.length >= 2);
      for (const { name } of lesson.classes) assert.equal(name, shortName(name));
      assert.equal(Object.getPrototypeOf(lesson.settings), Object.prototype);
    }
  }
});

test("others' keys of this browser are not ours", () => {
  for (const text of TEXTS) assert.equal(kindOf(text), "");
});
