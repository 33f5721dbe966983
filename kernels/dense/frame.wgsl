// y = activation(join(A . B + bias, other)) per batch, A [m, k] and B [k, n].
// needs    parts/index, dense/vec4 | dense/scalar, parts/activation, parts/join
// bind     those of dense/vec4, or of dense/scalar
// launch   combine: one invocation per word (4 columns) of y
// limits   none

// TA: A is stored as its transpose [k, m]; TB: B is stored as [n, k]. `other` is as
// large as y. Without it, or without a bias, any readable buffer is bound there.
//
// A long k may be split over workgroups (split-k): part s of p.splits sums k in [s *
// p.chunk, (s + 1) * p.chunk) and writes bare sums to a scratch buffer [splits,
// batches, m, n], from which `combine` makes y, epilogue included. Sums stay in a fixed
// order (no atomics), so results repeat bit by bit.
//
// Accumulators are named vec4f and register tiles are written out: arrays indexed in
// loops end up in slow (local) memory.

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batches: u32,
  splits: u32,
  chunk: u32,       // k per split
  has_bias: u32,
}

override TA: bool = false;
override TB: bool = false;
override NEAR: bool = false;
// Of the epilogue; fixed when compiled, as every row of a tile has its copy.
override ACTIVATION: u32 = 0u;  // 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh

// A word of A or B. NEAR: where the matrix has none, that of the nearest place instead
// of zeros.
fn read_a(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (NEAR) { return near_a(z, r, c, rows, cols); }
  return load_a(z, r, c, rows, cols);
}

fn read_b(z: u32, r: u32, c: u32, rows: u32, cols: u32) -> vec4f {
  if (NEAR) { return near_b(z, r, c, rows, cols); }
  return load_b(z, r, c, rows, cols);
}

// Four rows x four k of A: column j of the matrix is the four rows at k + j.
fn a_block(z: u32, m: u32, k: u32) -> mat4x4f {
  if (TA) {
    return mat4x4f(read_a(z, k, m, p.k, p.m), read_a(z, k + 1u, m, p.k, p.m),
                   read_a(z, k + 2u, m, p.k, p.m), read_a(z, k + 3u, m, p.k, p.m));
  }
  return transpose(mat4x4f(read_a(z, m, k, p.m, p.k), read_a(z, m + 1u, k, p.m, p.k),
                           read_a(z, m + 2u, k, p.m, p.k), read_a(z, m + 3u, k, p.m, p.k)));
}

// Four k x four columns of B: column j of the matrix is the four columns of B at k + j.
fn b_block(z: u32, k: u32, n: u32) -> mat4x4f {
  if (TB) {
    return transpose(mat4x4f(read_b(z, n, k, p.n, p.k), read_b(z, n + 1u, k, p.n, p.k),
                             read_b(z, n + 2u, k, p.n, p.k), read_b(z, n + 3u, k, p.n, p.k)));
  }
  return mat4x4f(read_b(z, k, n, p.k, p.n), read_b(z, k + 1u, n, p.k, p.n),
                 read_b(z, k + 2u, n, p.k, p.n), read_b(z, k + 3u, n, p.k, p.n));
}

// The epilogue: writes four columns of the sum, with bias, join and activation where k
// is whole, bare where it is split.
fn finish(z: u32, m: u32, n: u32, sum: vec4f) {
  var v = sum;
  if (p.splits == 1u) {
    if (p.has_bias != 0u && n < p.n) { v += load_bias(n); }
    if (JOIN != 0u) { v = joined(v, load_other(z, m, n)); }
    v = activated(v, ACTIVATION);
  }
  store(z, m, n, v);
}

// One tile of y: product z of the batch, output slab `part`, first row and column, and
// its range of k.
struct Tile {
  z: u32,
  part: u32,
  m: u32,
  n: u32,
  k: u32,
  end: u32,
}

fn tile_at(index: u32, rows: u32, columns: u32) -> Tile {
  let across = (p.n + columns - 1u) / columns;
  let down = (p.m + rows - 1u) / rows;
  let part = index / (across * down);
  let i = index % (across * down);
  let k = part / p.batches * p.chunk;
  let end = min(p.k, k + p.chunk);
  return Tile(part % p.batches, part, i / across * rows, i % across * columns, k, end);
}

// The second launch of split-k: y from the partial sums, bound as a: [splits, batches,
// m, n]. p.splits is 1 here and p.chunk the number of parts.
@compute @workgroup_size(FLAT)
fn combine(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  let words = (p.n + 3u) / 4u;
  let n = i % words * 4u;
  let m = i / words % p.m;
  let z = i / words / p.m;
  if (z >= p.batches) { return; }
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s = 0u;
  for (; s + 3u < p.chunk; s += 4u) {  // unrolled: four loads in flight
    s0 += load_a(s * p.batches + z, m, n, p.m, p.n);
    s1 += load_a((s + 1u) * p.batches + z, m, n, p.m, p.n);
    s2 += load_a((s + 2u) * p.batches + z, m, n, p.m, p.n);
    s3 += load_a((s + 3u) * p.batches + z, m, n, p.m, p.n);
  }
  for (; s < p.chunk; s++) {
    s0 += load_a(s * p.batches + z, m, n, p.m, p.n);
  }
  finish(z, m, n, (s0 + s1) + (s2 + s3));
}
