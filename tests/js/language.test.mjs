// Which language a page speaks, and what becomes of words with values in them.

import assert from "node:assert/strict";
import test from "node:test";
import { known, language, t, translated } from "../../web/shared/language.js";

test("a browser's tag means a language of ours, or none", () => {
  for (const tag of ["zh", "zh-CN", "zh-Hans", "zh-Hans-SG", "ZH_cn"])
    assert.equal(known(tag), "zh-Hans", tag);
  for (const tag of ["zh-TW", "zh-Hant", "zh-Hant-HK", "zh-HK", "de", "", null])
    assert.equal(known(tag), null, String(tag));
  assert.equal(known("en-GB"), "en");
});

test("without a page all is English, with its values", () => {
  assert.equal(language, "en");
  assert.equal(t`${3} of ${"9"} MB`, "3 of 9 MB");
  assert.equal(t`Ready`, "Ready");
  assert.equal(t`${"{1}"} and ${2}`, "{1} and 2");
  assert.equal(translated("Close"), "Close");
});
