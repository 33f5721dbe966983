// What the worker's `frame` has read, cut into what it is made of: no DOM. The order is
// told in pywebml/apps/playground/network.py.

const FIGURES = 4;

/**
 * @param {Float32Array} seen
 * @param {number[][]} shapes of the weights, [inputs, neurons] of each layer
 * @param {number} side of the surface
 * @param {number} mapSide
 * @returns {{ surface: Float32Array, layers: { weights: Float32Array, biases: Float32Array, maps: Float32Array[] }[] }}
 */
export function cut(seen, shapes, side, mapSide) {
  let at = FIGURES;
  const take = (count) => seen.subarray(at, (at += count));
  const layers = shapes.map(([inputs, neurons]) => ({
    weights: take(inputs * neurons),
    biases: take(neurons),
    maps: [],
  }));
  const surface = take(side * side);
  shapes.slice(0, -1).forEach(([, neurons], i) => {
    const values = take(mapSide * mapSide * neurons);
    for (let n = 0; n < neurons; n += 1)
      layers[i].maps.push(
        Float32Array.from({ length: mapSide * mapSide }, (_, cell) => values[cell * neurons + n]),
      );
  });
  return { surface, layers };
}
