// Carries a node's calls to the server of a federation, which the worker makes and cannot
// send, as it has no network. They are signed here, with a key that does not leave the
// browser, and counted. No DOM.

import { t } from "../../shared/language.js";

const PLACE = "/v1/fleet/"; // on the page's own origin, which passes it on
const TYPE = "application/protobuf";
const PATIENCE = 30_000; // milliseconds
const CURVE = { name: "ECDSA", namedCurve: "P-384" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const TRAINED = new Set(["push-messages", "push-object"]); // calls that bring what was trained

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** @param {string} text */
const encoded = (text) => new TextEncoder().encode(text);

/** A number as DER has it: without zeros before it, and one where it would be negative. */
function integer(/** @type {Uint8Array} */ digits) {
  const first = digits.findIndex((digit) => digit);
  const bare = [...digits.slice(first < 0 ? -1 : first)];
  const signed = bare[0] > 127 ? [0, ...bare] : bare;
  return [2, signed.length, ...signed];
}

/**
 * A signature as DER has it, of the two numbers side by side that browsers give.
 *
 * @param {Uint8Array} raw
 */
export function der(raw) {
  const half = raw.length / 2;
  const both = [...integer(raw.slice(0, half)), ...integer(raw.slice(half))];
  return new Uint8Array([0x30, both.length, ...both]); // below 128 bytes for P-384
}

/** One node's way to the server. */
export class Fleet {
  /** By what is sent: {times, bytes}. */
  sent = { trained: { times: 0, bytes: 0 }, asked: { times: 0, bytes: 0 } };
  /** @type {CryptoKey | null} */
  #key = null;
  #public = "";

  /** The public key, PEM as bytes. Error, in words, where the browser does not sign. */
  async open() {
    if (!globalThis.crypto?.subtle)
      throw new Error(
        t`Taking part needs an https address, or this machine's own: elsewhere browsers sign nothing.`,
      );
    const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
    const spki = base64(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
    const lines = spki.match(/.{1,64}/g)?.join("\n");
    const pem = encoded(`-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`);
    this.#key = privateKey;
    this.#public = base64(pem);
    return pem;
  }

  /** Of a call that is made now. */
  async headers() {
    const now = new Date().toISOString();
    const key = /** @type {CryptoKey} */ (this.#key);
    const raw = await crypto.subtle.sign(SIGNATURE, key, encoded(now));
    return {
      "Content-Type": TYPE,
      "flwr-public-key": this.#public,
      "flwr-timestamp": now,
      "flwr-signature": base64(der(new Uint8Array(raw))),
    };
  }

  /**
   * The server's answer: an HTTP status, 0 where it was not reached, and bytes.
   *
   * @param {{ name: string, body: Uint8Array<ArrayBuffer> }} call
   */
  async carry({ name, body }) {
    const count = TRAINED.has(name) ? this.sent.trained : this.sent.asked;
    count.times += 1;
    count.bytes += body.length;
    try {
      const headers = await this.headers();
      const signal = AbortSignal.timeout(PATIENCE);
      const response = await fetch(PLACE + name, { method: "POST", headers, body, signal });
      return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
    } catch {
      return { status: 0, body: encoded(t`this page's own address does not answer`) };
    }
  }
}
