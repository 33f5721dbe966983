// The page's words in the visitor's language. In the code, in page.html and in apps.json
// they are English, which is their key in the tables of words/; what a table lacks stays
// English, and a test fails for it. Without a document, as in Node, all is English.

/** @type {Record<string, string>} */
export const LANGUAGES = { en: "English", "zh-Hans": "简体中文" };

// apps with pages whose every word is in every table; others would be half and half
const TRANSLATED = ["gallery", "teach"];
const KEY = "pywebml-language";

/**
 * The language of ours that a browser's tag means, or null: zh-CN is zh-Hans, and who
 * reads Traditional Chinese says so.
 *
 * @param {string | null} tag
 */
export function known(tag) {
  const parts = (tag ?? "").toLowerCase().split(/[-_]/);
  if (parts[0] === "en") return "en";
  const traditional = ["hant", "tw", "hk", "mo"].some((part) => parts.includes(part));
  return parts[0] === "zh" && !traditional ? "zh-Hans" : null;
}

/** Whether this page has its words in all languages. */
export const translatable =
  typeof document !== "undefined" &&
  TRANSLATED.includes(document.querySelector("main")?.dataset.app ?? "");

/** The language of this page: the one that was chosen, else the browser's first that is known. */
export const language = translatable ? chosen() : "en";

function chosen() {
  const tags = [remembered(), ...navigator.languages];
  return tags.map(known).find((name) => name !== null) ?? "en";
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

/**
 * Takes another language, and the page anew.
 *
 * @param {string} name one of LANGUAGES
 */
export function choose(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    return;
  }
  location.reload();
}

/** @type {Record<string, string>} */
const table = language === "en" ? {} : await words();

async function words() {
  try {
    return (await import(`./words/${language}.js`)).default;
  } catch (error) {
    console.warn("The page stays English:", /** @type {Error} */ (error).message);
    return {};
  }
}

/**
 * A text as it stands in the tables, in the visitor's language.
 *
 * @param {string} text
 */
export const translated = (text) => table[text] ?? text;

/**
 * A text with values in it, in the visitor's language. Its key has {0} and {1} in their
 * places, and a table may have them in another order.
 *
 * @param {TemplateStringsArray} texts
 * @param {...unknown} values
 */
export function t(texts, ...values) {
  return filled(
    texts.reduce((before, text, i) => `${before}{${i - 1}}${text}`),
    values,
  );
}

/**
 * The text of a key in the visitor's language, with its values.
 *
 * @param {string} key
 * @param {unknown[]} values
 */
export const filled = (key, values) =>
  translated(key).replace(/\{(\d+)\}/g, (_, i) => String(values[i]));

const ATTRIBUTES = ["aria-label", "title", "placeholder", "alt"];

/**
 * Puts the words of page.html and its frame, which are English, into the visitor's
 * language: each text between tags, and what labels say.
 *
 * @param {Element} root
 */
export function translate(root) {
  if (language === "en") return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    const text = node.data.trim().replace(/\s+/g, " ");
    if (text in table) node.data = node.data.replace(/\S(.*\S)?/s, () => table[text]);
  }
  for (const name of ATTRIBUTES)
    for (const element of root.querySelectorAll(`[${name}]`))
      element.setAttribute(name, translated(element.getAttribute(name) ?? ""));
}

if (typeof document !== "undefined") {
  document.documentElement.lang = language;
  document.title = document.title.replace(/.*(?= · )/, translated);
  translate(document.body);
}
