// Names of classes, and of the folders that their pictures get in an exported project.
// Rules only: no DOM.

export const LONGEST_NAME = 40;

/** What nobody sees and no name needs: controls, halves of letters, directions of writing. */
const REMOVED =
  /[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]/gu;
/** Joiners and choices of a look: letters and emoji need them between or after others. */
const JOINERS = /[\u200c\u200d\ufe00-\ufe0f]/gu;
const AT_THE_ENDS = /^[\s\u200c\u200d\ufe00-\ufe0f]+|[\s\u200c\u200d]+$/gu;
/** A name needs one character that is more than space, mark or part of another. */
const SEEN = /[^\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]|\p{Co}|\p{Cn}/u;

/** Letters as people count them: an emoji of several parts is one. */
export function lettersOf(name) {
  if (!globalThis.Intl?.Segmenter) return [...name];
  return Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment);
}

/** A name without what cannot be seen, or "". */
export function cleanName(name) {
  const line = String(name).replace(/\s+/gu, " ").replace(REMOVED, "").normalize("NFC");
  const clean = line.replace(/ +/g, " ").replace(AT_THE_ENDS, "");
  return SEEN.test(clean) ? clean : "";
}

/** Equal for names that look the same, but for large and small letters. */
export const alike = (name) => folded(cleanName(name).replace(JOINERS, ""));

/** Without case: of some letters only the third form is the same (ẞ, ß, SS). */
const folded = (text) => text.toLowerCase().toUpperCase().toLowerCase().normalize("NFC");

/** Whether a name is too long for one. */
export const isLong = (name) =>
  name.length > 8 * LONGEST_NAME || lettersOf(name).length > LONGEST_NAME;

/** A name without what cannot be seen, and cut where it is too long. */
export function shortName(name) {
  const clean = cleanName(name);
  if (!isLong(clean)) return clean;
  const letters = lettersOf(clean.slice(0, 8 * LONGEST_NAME));
  return cleanName(letters.slice(0, 30).join(""));
}

// folders

const LONGEST_FOLDER = 100; // bytes in UTF-8: every file system takes that, in any folder
/** What some file system refuses, or shells and archives would take for something else. */
const REFUSED = /[<>:"/\\|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Names of devices on Windows, whatever follows after a dot. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])\s*(\.|$)/iu;

/**
 * A folder's name for each class name, in their order: as near to it as file systems
 * allow, and no two that any of them takes for the same.
 */
export function folderNames(names) {
  const taken = new Set();
  return names.map((name) => {
    const plain = folderOf(name);
    let folder = plain;
    for (let n = 2; taken.has(onDisk(folder)); n += 1) folder = `${plain} (${n})`;
    taken.add(onDisk(folder));
    return folder;
  });
}

/** A file's name, without its ending, of parts some of which may be "". */
export const fileName = (...parts) => folderOf(parts.filter(Boolean).join(" "));

function folderOf(name) {
  let folder = cleanName(name).replace(REFUSED, "_");
  if (DEVICE.test(folder)) folder = `_${folder}`;
  folder = begun(folder);
  // hidden files, and what `teach` and archives of macOS pass over
  folder = folder.replace(/[. ]+$/u, "_").replace(/^([._]{2,}|\.)/u, "_");
  return folder || "class";
}

/** As many letters as a folder's name has room for. */
function begun(folder) {
  let start = "";
  // a letter that goes on after this has no room either
  for (const letter of lettersOf(folder.slice(0, 8 * LONGEST_FOLDER))) {
    if (bytesOf(start + letter) > LONGEST_FOLDER) break;
    start += letter;
  }
  return start;
}

const bytesOf = (text) => new TextEncoder().encode(text).length;

/** What a file system compares that knows no case, no width and no joiners. */
const onDisk = (folder) =>
  folded(folder.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "")).normalize(
    "NFKC",
  );
