// Rules: what becomes of a picture's address on a page that talks to nobody. No DOM;
// tested in Node.

const SAYS_HOW =
  "Drag the picture from its page onto this one, or choose “Copy image” there and paste it here.";

/**
 * Whether the page may read what an address names: `{ url }`, or `{ why }`, what to do
 * instead. `here` is the page's own address.
 *
 * @param {string} text
 * @param {string} here
 * @returns {{ url: string } | { why: string }}
 */
export function judged(text, here) {
  const address = text.trim();
  if (!address) return { why: "Write the address of a picture first." };
  let url;
  try {
    url = new URL(address, here);
  } catch {
    return { why: `“${short(address)}” is no address. ${SAYS_HOW}` };
  }
  if (url.protocol === "data:")
    return /^data:image\//i.test(url.href)
      ? { url: url.href }
      : { why: "A data: address of a picture begins with data:image/." };
  if (url.origin === new URL(here).origin) return { url: url.href };
  if (url.protocol === "file:")
    return {
      why: "A page may not read files by their address. Use “Choose one”, or drop the file.",
    };
  const where = url.host ? `from ${url.host}` : "from there";
  return { why: `This page talks to nobody, so it fetches nothing ${where}. ${SAYS_HOW}` };
}

/**
 * The picture's address in what was dragged or copied without its bytes, "" without one:
 * of the first picture in its HTML, else of its list of addresses, else a text that is
 * one.
 *
 * @param {{ picture: string | null | undefined, list: string, text: string }} carried
 */
export function addressIn({ picture, list, text }) {
  if (picture) return picture;
  const lines = list.split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  if (lines[0]) return lines[0];
  return /^(https?|data|blob):\S+$/i.test(text.trim()) ? text.trim() : "";
}

/** @param {string} text */
const short = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
