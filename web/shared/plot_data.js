// A chart's numbers as uPlot takes them: no DOM.

/** @typedef {{ kind: string, x?: number[], series: any[] }} Numbers */

/** @param {number | null | undefined} value */
const finite = (value) => (Number.isFinite(value) ? /** @type {number} */ (value) : null);

/**
 * [x, values of a series, values of the next ...]: x rises, what is missing or not
 * finite is null.
 *
 * @param {Numbers} chart of kind "lines" or "points"
 * @returns {(number | null)[][]}
 */
export function aligned({ kind, x = [], series }) {
  if (kind === "lines") {
    const order = [...x.keys()].filter((i) => Number.isFinite(x[i])).sort((a, b) => x[a] - x[b]);
    return [
      order.map((i) => x[i]),
      ...series.map(({ values }) => order.map((i) => finite(values[i]))),
    ];
  }
  const points = series
    .flatMap(({ points }, which) =>
      points.map((/** @type {number[]} */ [a, b]) => ({ a, b, which })),
    )
    .filter(({ a, b }) => Number.isFinite(a) && Number.isFinite(b))
    .sort((one, other) => one.a - other.a);
  return [
    points.map(({ a }) => a),
    ...series.map((_, i) => points.map(({ b, which }) => (which === i ? b : null))),
  ];
}
