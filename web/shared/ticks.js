// The scale of a chart: no DOM.

/**
 * Round numbers from 0 to at least `most`, three to five steps: [0, 0.5, 1, 1.5].
 *
 * @param {number} most
 */
export function ticks(most) {
  const rough = Math.max(most, 1e-6) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [1, 2, 2.5, 5, 10].map((n) => n * power);
  const step = steps.find((size) => size >= rough * 0.999) ?? 10 * power;
  const count = Math.ceil(most / step - 1e-9) || 1;
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
