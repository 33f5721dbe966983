// Where the points of a map lie on a square of paper. No DOM; tested in Node.

/** Colours of ten classes that stand apart on light and on dark paper: hue, lightness. */
export const HUES = [245, 25, 165, 300, 205, 0, 95, 330, 50, 185];

/**
 * Places [x, y, x, y ...] on paper of `side` pixels with an edge: the same scale in both
 * directions, y upwards. All in one point is the middle.
 *
 * @param {Float32Array} places
 * @param {number} side
 * @param {number} edge
 */
export function onPaper(places, side, edge) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]);
    right = Math.max(right, places[i]);
    low = Math.min(low, places[i + 1]);
    high = Math.max(high, places[i + 1]);
  }
  const reach = Math.max(right - left, high - low) || 1;
  const scale = (side - 2 * edge) / reach;
  const points = new Float32Array(places.length);
  for (let i = 0; i < places.length; i += 2) {
    points[i] = side / 2 + (places[i] - (left + right) / 2) * scale;
    points[i + 1] = side / 2 - (places[i + 1] - (low + high) / 2) * scale;
  }
  return points;
}

/**
 * The number of the point nearest to (x, y), -1 where there is none within `reach`.
 *
 * @param {Float32Array} points
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 */
export function nearest(points, x, y, reach = Infinity) {
  let [best, least] = [-1, reach * reach];
  for (let i = 0; i < points.length; i += 2) {
    const away = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
    if (away <= least) [best, least] = [i / 2, away];
  }
  return best;
}

/**
 * The nearest point in a direction, for arrow keys: what lies more along than beside it.
 * -1 where there is none.
 *
 * @param {Float32Array} points
 * @param {number} from
 * @param {[number, number]} direction of length 1
 */
export function beyond(points, from, [dx, dy]) {
  let [best, least] = [-1, Infinity];
  const [x, y] = [points[2 * from], points[2 * from + 1]];
  for (let i = 0; i < points.length / 2; i++) {
    const along = (points[2 * i] - x) * dx + (points[2 * i + 1] - y) * dy;
    const beside = Math.abs((points[2 * i] - x) * dy - (points[2 * i + 1] - y) * dx);
    if (i === from || along <= 0 || beside > along) continue;
    const away = along ** 2 + beside ** 2;
    if (away < least) [best, least] = [i, away];
  }
  return best;
}
