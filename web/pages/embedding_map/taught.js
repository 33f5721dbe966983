// The lesson that the Teach page keeps in this browser, as points of a map. It is read,
// never written.

import { described } from "../../shared/settings.js";
import { restored } from "../teach/restored.js";
import { Store } from "../teach/store.js";

const LEAST = 7; // points of a map

/**
 * Its pictures that a network has looked at: {classes: [names], samples: [{label,
 * features, picture}]}; null where there are too few for a map.
 */
export async function taught() {
  const databases = (await indexedDB.databases?.().catch(() => null)) ?? [];
  if (!databases.some(({ name }) => name === "pywebml-teach")) return null; // opening would make it
  const store = await Store.open();
  try {
    const kept = await store.load();
    return kept && usable(restored((await described("teach")).options, kept).lesson);
  } finally {
    store.close();
  }
}

/** Those of one network: features of another have another length. */
function usable({ classes, samples }) {
  const seen = [...samples.values()].filter((sample) => sample.features);
  const size = seen.at(-1)?.features.length;
  const rows = seen.filter((sample) => sample.features.length === size);
  if (rows.length < LEAST) return null;
  const numbers = new Map(classes.map(({ key }, i) => [key, i]));
  return {
    classes: classes.map(({ name }) => name),
    samples: rows.map(({ key, features, picture }) => ({
      label: numbers.get(key),
      features,
      picture,
    })),
  };
}

/** What `embedding_map.begin` takes of it. */
export function asMessage({ classes, samples }) {
  const size = samples[0].features.length;
  const values = new Float32Array(size * samples.length);
  samples.forEach(({ features }, i) => values.set(features, size * i));
  return { values, labels: Uint8Array.from(samples, ({ label }) => label), classes };
}

/** Its pictures, small; null for those that were not kept or cannot be read. */
export const bitmapsOf = ({ samples }) =>
  Promise.all(
    samples.map(({ picture }) =>
      picture
        ? createImageBitmap(picture, { resizeWidth: 96, resizeHeight: 96 }).catch(() => null)
        : null,
    ),
  );
