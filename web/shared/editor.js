// The editor: CodeMirror 6 where the build has put it, else a plain text field with
// line numbers and a tab key.

import { h } from "./dom.js";
import { later } from "./later.js";

/**
 * @typedef {object} Editor
 * @property {HTMLElement} element
 * @property {() => string} get
 * @property {(text: string, key: string) => void} show another text; what was done to each
 *   (by its key) can be undone when it is shown again
 * @property {(key: string) => void} rename the key of the text that is shown
 * @property {() => void} focus
 */

/**
 * @typedef {object} Heard
 * @property {() => void} run for Ctrl+Enter
 * @property {() => void} change for every change that a person makes
 */

/**
 * An empty editor.
 *
 * @param {Heard} heard
 * @returns {Promise<Editor>}
 */
export async function createEditor(heard) {
  try {
    return await rich(heard);
  } catch (error) {
    console.info("The plain editor is used:", /** @type {Error} */ (error).message);
    return plain(heard);
  }
}

/**
 * @param {Heard} heard
 * @returns {Promise<Editor>}
 */
async function rich({ run, change }) {
  const element = h("div", { class: "editor" });
  /** @param {string} name */
  const load = (name) => later(new URL(`../vendor/${name}.js`, import.meta.url));
  const names = [
    "codemirror-state",
    "codemirror-view",
    "codemirror-commands",
    "codemirror-language",
    "codemirror-lang-python",
    "lezer-highlight",
  ];
  const [state, view, commands, language, { python }, { tags }] = await Promise.all(
    names.map(load),
  );
  const { EditorView } = view;
  const colours = language.HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword], color: "var(--accent)", fontWeight: "600" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
    { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
    { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
    {
      tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)],
      fontWeight: "700",
    },
  ]);
  const look = EditorView.theme({
    "&": { height: "100%", color: "var(--ink)", backgroundColor: "transparent", fontSize: "14px" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "inherit" },
    ".cm-content": { caretColor: "var(--ink)", padding: "10px 0" },
    ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
    ".cm-gutters": {
      backgroundColor: "var(--sunk)", // long lines scroll below the numbers
      color: "var(--soft)",
      border: "none",
      paddingLeft: "4px",
    },
    ".cm-activeLine, .cm-activeLineGutter": {
      backgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)",
    },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
      background: "color-mix(in srgb, var(--accent) 30%, transparent) !important",
    },
    ".cm-matchingBracket": {
      backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent) !important",
    },
  });
  // Where coloured text is typed over, Chrome would keep its colour in a style
  // attribute, which the policy refuses.
  /**
   * @param {InputEvent} event
   * @param {any} editor
   */
  const typeOver = (event, editor) => {
    if (event.inputType !== "insertText" || editor.composing || editor.state.selection.main.empty)
      return false;
    editor.dispatch(editor.state.replaceSelection(event.data), {
      userEvent: "input.type",
      scrollIntoView: true,
    });
    event.preventDefault();
    return true;
  };
  // In a shadow root CodeMirror takes constructed style sheets, which a strict
  // Content-Security-Policy allows.
  const host = element.attachShadow({ mode: "open" });
  const extensions = [
    view.keymap.of([{ key: "Mod-Enter", run: () => (run(), true), preventDefault: true }]),
    view.lineNumbers(),
    view.highlightActiveLine(),
    view.highlightActiveLineGutter(),
    view.drawSelection(),
    commands.history(),
    state.EditorState.tabSize.of(4),
    language.indentUnit.of("    "),
    language.indentOnInput(),
    language.bracketMatching(),
    language.syntaxHighlighting(colours),
    python(),
    look,
    EditorView.domEventHandlers({ beforeinput: typeOver }),
    EditorView.updateListener.of((/** @type {any} */ { docChanged }) => docChanged && change()),
    EditorView.contentAttributes.of({ "aria-label": "Python program", tabindex: "0" }),
    view.keymap.of([...commands.defaultKeymap, ...commands.historyKeymap, commands.indentWithTab]),
  ];
  const editor = new EditorView({ parent: host, root: host, extensions });
  /** @type {Map<string, any>} states by key: each with what can be undone */
  const states = new Map();
  let shown = "";
  return {
    element,
    get: () => editor.state.doc.toString(),
    show(doc, key) {
      states.set(shown, editor.state);
      shown = key;
      const before = states.get(key);
      const same = before?.doc.toString() === doc;
      editor.setState(same ? before : state.EditorState.create({ doc, extensions }));
    },
    rename: (key) => (shown = key),
    focus: () => editor.focus(),
  };
}

/**
 * @param {Heard} heard
 * @returns {Editor}
 */
function plain({ run, change }) {
  const numbers = h("div", { class: "numbers", "aria-hidden": "true" });
  const area = h("textarea", {
    spellcheck: false,
    autocapitalize: "off",
    "aria-label": "Python program",
  });
  const count = () => {
    const lines = area.value.split("\n").map((_, i) => i + 1);
    numbers.textContent = lines.join("\n");
  };
  let leave = false; // after Escape the tab key moves on
  area.addEventListener("input", () => (count(), change()));
  area.addEventListener("scroll", () => (numbers.scrollTop = area.scrollTop));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
    else if (event.key === "Tab" && !leave) {
      area.setRangeText("    ", area.selectionStart, area.selectionEnd, "end");
      change();
    } else {
      leave = event.key === "Escape";
      return;
    }
    event.preventDefault();
    count();
  });
  count();
  return {
    element: h("div", { class: "editor" }, h("div", { class: "plain" }, numbers, area)),
    get: () => area.value,
    show(next) {
      area.value = next;
      count();
    },
    rename() {},
    focus: () => area.focus(),
  };
}
