// y = exp(x - max) / sum(exp(x - max)) over the last axis of x = scale * logits, or its
// logarithm (x - max) - log(sum(exp(x - max))).
// needs    rows/thread | rows/tree | rows/subgroups, rows/softmax
// bind     0 logits [rows, classes]   1 y [rows, classes]   2 Params
// launch   one row per LANES invocations
// limits   classes <= 16,000 in the form 'thread' (lavapipe ends loops after 65,535
//          rounds, and there are four passes over a row)

struct Params {
  rows: u32,
  classes: u32,
  logarithm: u32,
  scale: f32,
  // Above 0, row r looks at its first r % steps + 1 classes only (a causal mask): the
  // others get 0.
  steps: u32,
}

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> logits: array<X>;
@group(0) @binding(1) var<storage, read_write> y: array<Y>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.rows) { return; }
  let first = row * p.classes;
  var end = first + p.classes;
  if (p.steps > 0u) { end = first + min(row % p.steps + 1u, p.classes); }
  let s = statistics(lane, first, end, p.scale);
  for (var i = first + place(lane); i < first + p.classes; i += LANES) {
    let d = f32(logits[i]) * p.scale - s.largest;
    if (i >= end) {
      y[i] = Y(0.0);
    } else if (p.logarithm != 0u) {
      y[i] = Y(d - log(s.sum));
    } else {
      y[i] = Y(exp(d) / s.sum);
    }
  }
}
