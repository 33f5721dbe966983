// untangle: out = the transforms of real numbers [rows, 2 m] at k <= m, of x, those of
// their pairs. tangle: the other way.
// needs    parts/index, fft/roots, fft/real
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

@compute @workgroup_size(FLAT)
fn untangle(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let k = index % (p.m + 1u);
  let row = index / (p.m + 1u) * p.m;
  out[index] = to_real(x[row + k % p.m], x[row + (p.m - k) % p.m], k, p.m);
}

@compute @workgroup_size(FLAT)
fn tangle(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let k = index % p.m;
  let row = index / p.m * (p.m + 1u);
  out[index] = from_real(x[row + k], x[row + p.m - k], k, p.m);
}
