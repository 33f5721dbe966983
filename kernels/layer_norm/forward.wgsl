// y = (x - mean) * factor * gamma + beta along the last axis, factor = 1 / sqrt(mean of
// (x - mean)^2 + epsilon), or with a mean of 0 (RMS).
// needs    rows/thread | rows/tree | rows/subgroups
// bind     0 x [rows, columns]   1 gamma [columns]   2 beta [columns] (both any buffer
//          where they are not used)   3 y   4 means [rows]   5 factors [rows]
//          6 Params
// launch   one row per LANES invocations
// limits   columns <= 16,000 in the form 'thread' (lavapipe ends loops after 65,535
//          rounds, and there are three passes over a row)

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
  centred: u32,
  scaled: u32,
  shifted: u32,
}

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> gamma: array<X>;
@group(0) @binding(2) var<storage, read> beta: array<X>;
@group(0) @binding(3) var<storage, read_write> y: array<Y>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> factors: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let count = f32(p.columns);
  var mean = 0.0;
  if (p.centred != 0u) {
    var sum = 0.0;
    for (var c = place(lane); c < p.columns; c += LANES) { sum += f32(x[first + c]); }
    mean = across_sum(lane, sum) / count;
  }
  var squares = 0.0;
  for (var c = place(lane); c < p.columns; c += LANES) {
    let d = f32(x[first + c]) - mean;
    squares += d * d;
  }
  let factor = inverseSqrt(across_sum(lane, squares) / count + p.epsilon);
  for (var c = place(lane); c < p.columns; c += LANES) {
    var v = (f32(x[first + c]) - mean) * factor;
    if (p.scaled != 0u) { v *= f32(gamma[c]); }
    if (p.shifted != 0u) { v += f32(beta[c]); }
    y[first + c] = Y(v);
  }
  if (place(lane) == 0u) {
    means[row] = mean;
    factors[row] = factor;
  }
}
