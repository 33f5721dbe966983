// What an address says after its # and its ?, whoever wrote it.

import assert from "node:assert/strict";
import test from "node:test";
import { fragment, query } from "../../web/shared/address.js";

const PAGE = "http://localhost/python.html";

test("a fragment is decoded", () => {
  assert.equal(fragment(`${PAGE}?device=cpu#Fit%20a%20curve`), "Fit a curve");
  assert.equal(fragment(`${PAGE}#hände`), "hände");
  for (const address of [PAGE, `${PAGE}#`, `${PAGE}?a=b`]) assert.equal(fragment(address), "");
});

test("what is no text is no fragment, and no error", () => {
  for (const text of ["%", "%E0%A4%A", "a%zz", "%ff", "%C3%28", "100%"])
    assert.equal(fragment(`${PAGE}#${text}`), "");
});

test("a query is read, and whatever is wrong in it is text", () => {
  assert.equal(query("op", `${PAGE}?op=Softmax#x`), "Softmax");
  assert.equal(query("op", `${PAGE}?device=cpu`), null);
  for (const text of ["%", "%E0%A4%A", "a%zz", "%ff"])
    assert.equal(typeof query("op", `${PAGE}?op=${text}`), "string");
});
