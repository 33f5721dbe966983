// dx = scale * y * (dy - sum(dy * y)) over the last axis: the gradient of softmax.
// needs    rows/thread | rows/tree | rows/subgroups
// bind     0 y [rows, classes]   1 dy   2 dx   3 Params
// launch   one row per LANES invocations
// limits   those of softmax

struct Params {
  rows: u32,
  classes: u32,
  scale: f32,
}

alias X = f32;  // how floats lie in memory, read and written: the host may write f16
alias Y = f32;

@group(0) @binding(0) var<storage, read> y: array<X>;
@group(0) @binding(1) var<storage, read> dy: array<X>;
@group(0) @binding(2) var<storage, read_write> dx: array<Y>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  let row = row_of(group, lane);
  if (row >= p.rows) { return; }
  let first = row * p.classes;
  let end = first + p.classes;
  var sum = 0.0;
  for (var i = first + place(lane); i < end; i += LANES) { sum += f32(dy[i]) * f32(y[i]); }
  sum = across_sum(lane, sum);
  for (var i = first + place(lane); i < end; i += LANES) {
    dx[i] = Y(p.scale * f32(y[i]) * (f32(dy[i]) - sum));
  }
}
