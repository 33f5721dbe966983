// What moves the points of a map in t-SNE (van der Maaten and Hinton 2008): with
// q = 1 / (1 + |y_i - y_j|^2), pull_i = sum over i's edges of w q (y_i - y_j), and
// push_i = (sum over all j of q^2 (y_i - y_j), sum over all other j of q).
// needs    rows/thread | rows/tree | rows/subgroups
// bind     0 y [n, 2]   1 starts [n + 1], where in `to` a point's edges begin
//          2 to [e]   3 weights [e]   4 pull [n, 2]   5 push [n, 3]   6 Params
// launch   one row, of n columns, per point: LANES invocations
// limits   n <= 16,000 in the form 'thread' (lavapipe ends loops after 65,535 rounds)

// T is vec4f: what is joined across the invocations of a row.

struct Params {
  n: u32,
}

@group(0) @binding(0) var<storage, read> y: array<vec2f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> to: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> pull: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> push: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.n) { return; }
  let own = y[row];
  var pushed = vec4f();
  for (var j = place(lane); j < p.n; j += LANES) {
    let d = own - y[j];
    let q = 1.0 / (1.0 + dot(d, d));
    pushed += vec4f(q * q * d, select(q, 0.0, j == row), 0.0);
  }
  var pulled = vec2f();
  let end = u32(starts[row + 1u]);
  for (var e = u32(starts[row]) + place(lane); e < end; e += LANES) {
    let d = own - y[to[e]];
    pulled += weights[e] / (1.0 + dot(d, d)) * d;
  }
  pushed = across_sum(lane, pushed);
  pulled = across_sum(lane, vec4f(pulled, 0.0, 0.0)).xy;
  if (place(lane) == 0u) {
    pull[row] = pulled;
    push[row * 3u] = pushed.x;
    push[row * 3u + 1u] = pushed.y;
    push[row * 3u + 2u] = pushed.z;
  }
}
