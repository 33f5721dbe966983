// Lays the files of a tar into Pyodide's file system. Each stays where it lies in the
// archive, and no Python runs for it: tarfile took longer than all that a later visit's
// Python does besides. It knows what pywebml/site/archive.py writes: plain files.

const BLOCK = 512;
// where a header has these, and how long they are
const NAME = [0, 100];
const SIZE = [124, 12];
const FOLDER = [345, 155];

/**
 * @param {any} FS Pyodide's
 * @param {Uint8Array} archive which nobody changes from here on
 * @param {string} place the folder to lay it in
 */
export function unpack(FS, archive, place) {
  const decoder = new TextDecoder();
  let at = 0;
  const field = (/** @type {number[]} */ [start, length]) =>
    decoder.decode(archive.subarray(at + start, at + start + length)).split("\0", 1)[0];
  while (archive[at]) {
    const path = [place, field(FOLDER), field(NAME)].filter(Boolean).join("/");
    const size = parseInt(field(SIZE), 8);
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    const start = at + BLOCK;
    FS.writeFile(path, archive.subarray(start, start + size), { canOwn: true });
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
