// to_gamma = sum of dy * (x - mean) * factor, to_beta = sum of dy, over chunks of rows:
// the gradients of gamma and beta, but for the sum over chunks.
// needs    parts/index
// bind     0 x [rows, columns]   1 dy   2 means [rows]   3 factors [rows]
//          4 to_gamma [chunks, columns]   5 to_beta   6 Params
// launch   one invocation per column of a chunk
// limits   65,535 rows per chunk (lavapipe ends loops after so many rounds)

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32,  // rows of one; the last may have fewer
}

alias X = f32;  // how floats lie in memory: the host may write f16

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> dy: array<X>;
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;
@group(0) @binding(4) var<storage, read_write> to_gamma: array<f32>;
@group(0) @binding(5) var<storage, read_write> to_beta: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.chunks * p.columns) { return; }
  let first = i / p.columns * p.chunk;
  let end = min(first + p.chunk, p.rows);
  var at = first * p.columns + i % p.columns;
  var sums = vec2f();
  for (var row = first; row < end; row++) {
    let g = f32(dy[at]);
    sums += vec2f(g * (f32(x[at]) - means[row]) * factors[row], g);
    at += p.columns;
  }
  to_gamma[i] = sums.x;
  to_beta[i] = sums.y;
}
