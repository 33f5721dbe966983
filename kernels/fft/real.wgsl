// untangle: y[k] = the transform of real x [2 m] at k <= m, from z, that of its pairs
// as complex numbers: (z[k] + z*[m-k]) / 2 - i w^k (z[k] - z*[m-k]) / 2, w = exp(-pi i
// / m). tangle: z from y, the other way.
// needs    parts/index, fft/roots
// bind     0 x [rows, m] (tangle: [rows, m + 1])   1 out   2 Params
// launch   one invocation per number of out
// limits   m < 2^28

struct Params {
  count: u32,
  m: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn untangle(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let k = index % (p.m + 1u);
  let row = index / (p.m + 1u) * p.m;
  let one = x[row + k % p.m];
  let two = x[row + (p.m - k) % p.m] * vec2f(1.0, -1.0);
  let odd = times(one - two, root_at(k, 2u * p.m));
  out[index] = 0.5 * (one + two + vec2f(odd.y, -odd.x));
}

// The first and last number of y are taken for real, as they are in such a transform.
fn real_ends(row: u32, k: u32) -> vec2f {
  let v = x[row + k];
  return select(v, vec2f(v.x, 0.0), k == 0u || k == p.m);
}

@compute @workgroup_size(64)
fn tangle(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let k = index % p.m;
  let row = index / p.m * (p.m + 1u);
  let one = real_ends(row, k);
  let two = real_ends(row, p.m - k) * vec2f(1.0, -1.0);
  let w = root_at(k, 2u * p.m);
  let odd = times(one - two, vec2f(w.x, -w.y));
  out[index] = 0.5 * (one + two + vec2f(-odd.y, odd.x));
}
