// Bluestein's transform of any length: with c[i] = exp(-pi i i^2 / n), y[k] is c[k]
// times the convolution of x c with 1 / c, by transforms of a power of two m >= 2 n -
// 1. spread: a = x c.  filter: b = 1 / c, both ways round.  multiply: a b. finish: y =
// c a.  direct: y by its definition, for a small n.
// needs    parts/index, fft/roots
// bind     0 x   1 other (multiply: the transform of the filter)   2 out   3 Params
// launch   one invocation per number of out
// limits   n < 2^28; direct: n <= 65,535 (lavapipe ends loops after so many rounds)

override INVERSE: bool = false;

struct Params {
  count: u32,  // numbers of out
  n: u32,
  m: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read> other: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(3) var<uniform> p: Params;

fn swapped(v: vec2f) -> vec2f {
  return select(v, v.yx, INVERSE);
}

// i k modulo `whole`, bit by bit where the product has more than 32.
fn product_modulo(i: u32, k: u32, whole: u32) -> u32 {
  if (max(i, k) < 65536u) {
    return i * k % whole;
  }
  var sum = 0u;
  for (var bit = 0x80000000u >> countLeadingZeros(k | 1u); bit > 0u; bit >>= 1u) {
    sum = 2u * sum % whole;
    if ((k & bit) != 0u) {
      sum = (sum + i) % whole;
    }
  }
  return sum;
}

fn chirp(i: u32) -> vec2f {
  return root_at(product_modulo(i, i, 2u * p.n), 2u * p.n);
}

@compute @workgroup_size(FLAT)
fn spread(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let i = index % p.m;
  var v = vec2f();
  if (i < p.n) {
    v = times(swapped(x[index / p.m * p.n + i]), chirp(i));
  }
  out[index] = v;
}

@compute @workgroup_size(FLAT)
fn filter_(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let i = min(index, p.m - index);
  var v = vec2f();
  if (i < p.n) {
    let c = chirp(i);
    v = vec2f(c.x, -c.y);
  }
  out[index] = v;
}

@compute @workgroup_size(FLAT)
fn multiply(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index < p.count) {
    out[index] = times(x[index], other[index % p.m]);
  }
}

@compute @workgroup_size(FLAT)
fn finish(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index < p.count) {
    let k = index % p.n;
    out[index] = p.scale * swapped(times(x[index / p.n * p.m + k], chirp(k)));
  }
}

@compute @workgroup_size(FLAT)
fn direct(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let k = index % p.n;
  let first = index - k;
  var sum = vec2f();
  for (var i = 0u; i < p.n; i++) {
    sum += times(swapped(x[first + i]), root_at(i * k % p.n, p.n));
  }
  out[index] = p.scale * swapped(sum);
}
