// What is said after something was deleted or moved, and the way back.

import { say } from "../../shared/dialogs.js";
import { counted, words } from "../../shared/dom.js";
import { t } from "../../shared/language.js";

let unsay = () => {};

/** Says what was deleted or moved, with a button that brings it back. */
export function deleted(classroom, text) {
  unsay(); // there is one such message at a time, however quickly one deletes
  unsay = say(text, "info", { text: t`Undo`, run: () => undo(classroom) });
}

/** Brings back what was deleted or moved last; what was before that can follow. */
export function undo(classroom) {
  try {
    const what = classroom.undo();
    if (!what) return;
    const more = classroom.changes;
    unsay();
    if (more) deleted(classroom, t`${what} is back; ${counted(more, "more change")} to undo.`);
    else say(t`${what} is back.`, "good");
  } catch (error) {
    say(words(error), "bad");
  }
}
