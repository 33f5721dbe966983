// resize: out = source read at clamp((t + shift) * ratio - shift, 0, n - 1),
// bilinearly; shift is 0.5 for half-pixel centres, else 0.  adjoint: its transpose,
// along one axis.
// needs    parts/index
// bind     0 source   1 out   2 Params
// launch   resize: a workgroup of LANES invocations per row of out; adjoint: one
//          invocation per element of out
// limits   adjoint: a loop over the places that read a source place, some 2 / ratio

// resize: source [n, rows, columns, channels] -> out [n, out_rows, out_columns,
// channels]. adjoint: source [outer, n, inner] -> out [outer, m, inner]. It gathers
// (out[y] sums the places t that read y), as a scatter would need atomics, and sum in
// any order.

alias T = f32;  // resize: the host may write vec4f here

override LANES: u32 = 64u;

struct Params {
  count: u32,  // elements of out; resize: its rows, of all pictures
  rows: u32,        // adjoint: n
  columns: u32,     // adjoint: m
  channels: u32,    // adjoint: inner
  out_rows: u32,
  out_columns: u32,
  row_ratio: f32,   // adjoint: the axis's ratio
  column_ratio: f32,
  shift: f32,
  unused_0: u32,
  unused_1: u32,
  unused_2: u32,
}

@group(0) @binding(0) var<storage, read> source: array<T>;
@group(0) @binding(1) var<storage, read_write> out: array<T>;
@group(0) @binding(2) var<uniform> p: Params;

fn place(t: u32, ratio: f32, n: u32) -> f32 {
  return clamp((f32(t) + p.shift) * ratio - p.shift, 0.0, f32(n - 1u));
}

// A value of weight 0 does not count, even if it is NaN or infinite.
fn between(a: T, b: T, share: f32) -> T {
  return select(mix(a, b, share), a, share == 0.0);
}

@compute @workgroup_size(LANES)
fn resize(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.count) {
    return;
  }
  let y = place(line % p.out_rows, p.row_ratio, p.rows);
  let top = u32(y);
  let down = y - f32(top);
  let picture = line / p.out_rows * p.rows;
  let above = (picture + top) * p.columns;
  let below = (picture + min(top + 1u, p.rows - 1u)) * p.columns;
  let width = p.out_columns * p.channels;
  for (var i = lane; i < width; i += LANES) {
    let channel = i % p.channels;
    let x = place(i / p.channels, p.column_ratio, p.columns);
    let left = u32(x);
    let right = min(left + 1u, p.columns - 1u);
    let along = x - f32(left);
    let a = source[(above + left) * p.channels + channel];
    let b = source[(above + right) * p.channels + channel];
    let c = source[(below + left) * p.channels + channel];
    let d = source[(below + right) * p.channels + channel];
    out[line * width + i] = between(between(a, b, along), between(c, d, along), down);
  }
}

@compute @workgroup_size(FLAT)
fn adjoint(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let n = p.rows;
  let m = p.columns;
  let column = i % p.channels;
  let y = i / p.channels % m;
  let outer = i / p.channels / m;
  // only places with |place - y| < 1 count; one more on each side for rounding, and all
  // beyond where place is clamped
  var first = 0u;
  var last = n - 1u;
  if (y > 0u) {
    first = u32(clamp((f32(y) - 1.0 + p.shift) / p.row_ratio - p.shift - 1.0, 0.0, f32(n - 1u)));
  }
  if (y + 1u < m) {
    last = u32(clamp((f32(y) + 1.0 + p.shift) / p.row_ratio - p.shift + 2.0, 0.0, f32(n - 1u)));
  }
  var sum = T();
  for (var t = first; t <= last; t++) {
    let weight = max(0.0, 1.0 - abs(place(t, p.row_ratio, m) - f32(y)));
    let part = weight * source[(outer * n + t) * p.channels + column];
    sum += select(T(), part, weight > 0.0);
  }
  out[i] = sum;
}
