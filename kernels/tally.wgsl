// sums[first + j] += sum of vector j, for up to four vectors; offset += advance.
// needs    rows/thread | rows/tree | rows/subgroups
// bind     0 sums   1 offset   2 a   3 b   4 c
//          5 d (those that are not there repeat a)   6 Params
// launch   one row, of n columns: LANES invocations
// limits   n <= 32,768 in the form 'thread' (lavapipe ends loops after 65,535 rounds)

// T is vec4f: a column is one value of each vector. `offset` is a data set's.

struct Params {
  n: u32,
  vectors: u32,
  first: u32,   // where in sums the first vector goes
  advance: i32, // what the offset grows by
}

@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> offset: array<i32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read> c: array<f32>;
@group(0) @binding(5) var<storage, read> d: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

fn finish(total: vec4f) {
  sums[p.first] += total.x;
  if (p.vectors > 1u) { sums[p.first + 1u] += total.y; }
  if (p.vectors > 2u) { sums[p.first + 2u] += total.z; }
  if (p.vectors > 3u) { sums[p.first + 3u] += total.w; }
  offset[0] += p.advance;
}

@compute @workgroup_size(ROWS * LANES)
fn main(group: Group, lane: Lane) {
  if (row_of(group, lane) > 0u) { return; }
  var total = vec4f();
  for (var i = place(lane); i < p.n; i += LANES) { total += vec4f(a[i], b[i], c[i], d[i]); }
  total = across_sum(lane, total);
  if (place(lane) == 0u) { finish(total); }
}
