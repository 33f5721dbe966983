// dx = factor * (h - mean(h) - n * mean(h * n)), h = dy * gamma, n = (x - mean) *
// factor: the gradient of layer_norm/forward; without mean(h) for RMS.
// needs    rows/thread | rows/tree | rows/subgroups
// bind     0 x [rows, columns]   1 gamma [columns] (any buffer where it is not used)
//          2 dy   3 means [rows]   4 factors [rows]   5 dx   6 Params
// launch   one row per LANES invocations, which join vec2f
// limits   as layer_norm/forward

struct Params {
  rows: u32,
  columns: u32,
  centred: u32,
  scaled: u32,
}

alias X = f32;  // how floats lie in memory, read and written: the host may write f16
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> gamma: array<X>;
@group(0) @binding(2) var<storage, read> dy: array<X>;
@group(0) @binding(3) var<storage, read> means: array<f32>;
@group(0) @binding(4) var<storage, read> factors: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<Y>;
@group(0) @binding(6) var<uniform> p: Params;

fn slope(at: u32, column: u32) -> f32 {
  if (p.scaled == 0u) { return f32(dy[at]); }
  return f32(dy[at]) * f32(gamma[column]);
}

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let mean = means[row];
  let factor = factors[row];
  var sums = vec2f();
  for (var c = place(lane); c < p.columns; c += LANES) {
    let h = slope(first + c, c);
    sums += vec2f(h, h * (f32(x[first + c]) - mean) * factor);
  }
  sums = across_sum(lane, sums) / f32(p.columns);
  if (p.centred == 0u) { sums.x = 0.0; }
  for (var c = place(lane); c < p.columns; c += LANES) {
    let n = (f32(x[first + c]) - mean) * factor;
    dx[first + c] = Y(factor * (slope(first + c, c) - sums.x - n * sums.y));
  }
}
