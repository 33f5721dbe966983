// How a column's values are spread, as small bars.

import { svg } from "../../shared/dom.js";
import { heights } from "./choice.js";

const WIDTH = 120;
const HEIGHT = 28;

/**
 * A drawing beside words that say the same.
 *
 * @param {import("./choice.js").Column} column
 */
export function spread(column) {
  const bars = heights(column);
  const room = WIDTH / Math.max(bars.length, 1);
  return svg(
    "svg",
    {
      class: "spread",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    ...bars.map((share, i) => {
      const height = share ? Math.max(1.5, share * HEIGHT) : 0;
      const place = { x: i * room + 1, y: HEIGHT - height, width: room - 2, height };
      return svg("rect", { ...place, rx: 1 });
    }),
  );
}
