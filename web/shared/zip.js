// A zip of files as they are: pictures are compressed already. No DOM.

const DATE = (1 << 5) | 1; // 1980-01-01, which the format begins with: same files, same zip
const UTF8 = 0x800; // names are
const MOST = 0xffff; // files: more would need the longer form of the format

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 255];
  return ~crc >>> 0;
}

/**
 * A zip as a Blob, the files in their order. RangeError for more than 65,535 files or 4
 * GB.
 *
 * @param {Record<string, Uint8Array<ArrayBuffer>>} files by path
 */
export function zip(files) {
  const entries = Object.entries(files);
  if (entries.length > MOST) throw new RangeError(`A zip has at most ${MOST} files.`);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [path, bytes] of entries) {
    const name = new TextEncoder().encode(path);
    const { length } = bytes;
    // what both headers say: version, flags, method, time, date, sum, sizes, name's length
    const about = [2, 20, 2, UTF8, 2, 0, 2, 0, 2, DATE, 4, crc32(bytes), 4, length, 4, length];
    about.push(2, name.length, 2, 0);
    directory.push(numbers(4, 0x02014b50, 2, 20, ...about, 2, 0, 2, 0, 2, 0, 4, 0, 4, at), name);
    const header = numbers(4, 0x04034b50, ...about);
    parts.push(header, name, bytes);
    at += header.length + name.length + length;
    if (at > 0xffffffff) throw new RangeError("A zip holds at most 4 GB.");
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const n = entries.length;
  const end = numbers(4, 0x06054b50, 2, 0, 2, 0, 2, n, 2, n, 4, size, 4, at, 2, 0);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/**
 * Numbers of 2 or 4 bytes each, the least byte first: size, value, size, value ...
 *
 * @param {...number} pairs
 */
function numbers(...pairs) {
  const bytes = [];
  for (let i = 0; i < pairs.length; i += 2)
    for (let byte = 0; byte < pairs[i]; byte += 1) bytes.push((pairs[i + 1] >>> (8 * byte)) & 255);
  return new Uint8Array(bytes);
}
