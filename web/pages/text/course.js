// What the button does next, and what is shown of a training: no DOM.

const MOST_POINTS = 300; // of a line; even, as every other one goes when there are more
const CAREFUL = 0.4;
const WILD = 0.9;

/**
 * What starting does: with a new network (`anew`), or with the one there is. One that
 * was loaded goes on with any text, one that was trained here with its own.
 */
export function next({ steps, loaded, same }) {
  if (steps == null) return { label: "Start", anew: true };
  if (same || loaded) return { label: "Go on", anew: false };
  return { label: "Start with this text", anew: true };
}

/**
 * Samples, oldest first, with a new one at the end. It takes the last one's place,
 * unless that came after twice as many steps as the one before: so there are a few, and
 * those of the beginning, where it learns fastest, are close to each other.
 */
export function diary(entries, entry) {
  const last = entries.at(-1);
  const before = Math.max(5, entries.at(-2)?.step ?? 0);
  const stays = last && (entries.length === 1 || last.step >= 2 * before);
  return [...(stays || !last ? entries : entries.slice(0, -1)), entry];
}

/** No losses yet. */
export const noCurve = () => ({ step: [], loss: [], val_loss: [] });

/** Losses with those of one more step; of very many every other one. */
export function longer({ step, loss, val_loss }, point) {
  const curve = {
    step: [...step, point.step],
    loss: [...loss, point.loss],
    val_loss: [...val_loss, point.val_loss],
  };
  if (curve.step.length <= MOST_POINTS) return curve;
  const half = (values) => values.filter((_, i) => i % 2 === 0);
  return { step: half(curve.step), loss: half(curve.loss), val_loss: half(curve.val_loss) };
}

/** "as unsure as among 6.2 letters" for a loss in nats. */
export const unsure = (loss) =>
  `as unsure as among ${Math.exp(Math.min(loss, 20)).toFixed(1)} letters`;

/** A word for a temperature. */
export function mood(temperature) {
  if (temperature < CAREFUL) return "careful";
  return temperature < WILD ? "lively" : "wild";
}

/** The first words of a text, for it to be written on; at most so many characters. */
export function beginning(text, most = 24) {
  const line = text.split("\n").find((each) => each.trim()) ?? "";
  const words = [...line.trim()].slice(0, most + 1).join("");
  if ([...words].length <= most) return words;
  const end = words.lastIndexOf(" ");
  return end > 0 ? words.slice(0, end) : [...words].slice(0, most).join("");
}

/** How much a letter stands out: 0 where it was sure of it, up to 4. */
export const doubt = (share) => [0.7, 0.4, 0.2, 0.08].filter((least) => share < least).length;

/** What cannot be seen, spelt out. */
export const seen = (letter) => ({ "\n": "new line", " ": "space", "\t": "tab" })[letter] ?? letter;

/** What was kept, where it can be: whatever an older page, or another program, wrote. */
export function restored({ source, network } = {}) {
  const text = typeof source?.text === "string" && typeof source.name === "string";
  const lists = Array.isArray(network?.diary) && Array.isArray(network?.curve?.step);
  const whole = network?.bytes instanceof Uint8Array && Number.isInteger(network.steps);
  return { source: text ? source : null, network: lists && whole ? network : null };
}
