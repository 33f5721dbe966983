// words 2 i and 2 i + 1 of a draw = threefry(key, (i, number of the draw)), made into
// uniform, normal, gamma or whole values, a dropout mask, or a permutation.
// needs    parts/index
// bind     0 state (key, key, number of the draw, 0)   1 out (floats as their bits)
//          2 Params
// launch   one invocation per two values; permutation: per value
// limits   none

// Counter-based: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011), so
// every host has the same integers, in any order of execution.

struct Params {
  count: u32,  // values to make
  half: u32,   // permutation: bits of half an index.  whole: how many numbers
  // uniform: low, span.  normal, truncated: mean, standard deviation.
  // dropout: rate, 1 / (1 - rate).  gamma: alpha, 1 / beta.
  a: f32,
  b: f32,
}

@group(0) @binding(0) var<storage, read> state: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

fn turn(x: vec2u, by: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << by) | (x.y >> (32u - by))) ^ sum);
}

fn rounds_a(x: vec2u) -> vec2u {
  return turn(turn(turn(turn(x, 13u), 15u), 26u), 6u);
}

fn rounds_b(x: vec2u) -> vec2u {
  return turn(turn(turn(turn(x, 17u), 29u), 16u), 24u);
}

fn threefry(k0: u32, k1: u32, counter: vec2u) -> vec2u {
  let k2 = k0 ^ k1 ^ 0x1bd11bdau;
  var x = rounds_a(counter + vec2u(k0, k1));
  x = rounds_b(x + vec2u(k1, k2 + 1u));
  x = rounds_a(x + vec2u(k2, k0 + 2u));
  x = rounds_b(x + vec2u(k0, k1 + 3u));
  x = rounds_a(x + vec2u(k1, k2 + 4u));
  return x + vec2u(k2, k0 + 5u);
}

fn words(i: u32) -> vec2u {
  return threefry(state[0], state[1], vec2u(i, state[2]));
}

// 24 bits: every value is exact in f32, and 1 is never reached.
fn unit(w: vec2u) -> vec2f {
  return vec2f(w >> vec2u(8u)) * (1.0 / 16777216.0);
}

fn store(i: u32, v: vec2u) {
  out[2u * i] = v.x;
  if (2u * i + 1u < p.count) {
    out[2u * i + 1u] = v.y;
  }
}

@compute @workgroup_size(FLAT)
fn bits(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    store(i, words(i));
  }
}

@compute @workgroup_size(FLAT)
fn uniform_(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    store(i, bitcast<vec2u>(p.a + p.b * unit(words(i))));
  }
}

// Box and Muller 1958: two normals of two uniforms. The first is taken in (0, 1], so
// that its logarithm is finite.
@compute @workgroup_size(FLAT)
fn normal(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    let u = unit(words(i));
    let radius = sqrt(-2.0 * log(u.x + 1.0 / 16777216.0));
    let angle = 6.283185307 * (u.y - 0.5);  // within [-pi, pi), where sin and cos are most accurate
    store(i, bitcast<vec2u>(p.a + p.b * radius * vec2f(cos(angle), sin(angle))));
  }
}

// sqrt(2) erfinv(x) for |x| < 0.98: Giles's polynomial for single precision (2010), its
// middle branch.
fn quantile(x: vec2f) -> vec2f {
  let w = -log((1.0 - x) * (1.0 + x)) - 2.5;
  var s = 2.81022636e-08 * w + 3.43273939e-07;
  s = s * w - 3.5233877e-06;
  s = s * w - 4.39150654e-06;
  s = s * w + 0.00021858087;
  s = s * w - 0.00125372503;
  s = s * w - 0.00417768164;
  s = s * w + 0.246640727;
  s = s * w + 1.50140941;
  return 1.41421356 * s * x;
}

// Normals within two standard deviations, by the inverse of their distribution: one
// word, one value, no rejection.
@compute @workgroup_size(FLAT)
fn truncated(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    let odd = vec2i(words(i) >> vec2u(8u)) * 2 - 16777215;  // symmetric about 0, and exact in f32
    // 0.9545 of a normal lies within two standard deviations
    let x = vec2f(odd) * (0.954499736 / 16777216.0);
    store(i, bitcast<vec2u>(p.a + p.b * clamp(quantile(x), vec2f(-2.0), vec2f(2.0))));
  }
}

// Inverted dropout: 0 with probability `rate`, else 1 / (1 - rate).
@compute @workgroup_size(FLAT)
fn dropout(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    store(i, bitcast<vec2u>(select(vec2f(), vec2f(p.b), unit(words(i)) >= vec2f(p.a))));
  }
}

// The upper half of w * n.
fn scaled(w: u32, n: u32) -> u32 {
  let low = (w & 0xffffu) * (n & 0xffffu);
  let one = (w >> 16u) * (n & 0xffffu) + (low >> 16u);
  let two = (w & 0xffffu) * (n >> 16u) + (one & 0xffffu);
  return (w >> 16u) * (n >> 16u) + (one >> 16u) + (two >> 16u);
}

@compute @workgroup_size(FLAT)
fn whole(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (2u * i < p.count) {
    let w = words(i);
    store(i, vec2u(scaled(w.x, p.half), scaled(w.y, p.half)));
  }
}

// Marsaglia and Tsang 2000: a normal, cubed, accepted or drawn anew. Below 1, alpha + 1
// and a power of another uniform.
@compute @workgroup_size(FLAT)
fn gamma(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let d = p.a + select(0.0, 1.0, p.a < 1.0) - 1.0 / 3.0;
  var value = d;
  for (var attempt = 0u; attempt < 16u; attempt++) {
    let u = unit(words(33u * i + 2u * attempt));
    let w = unit(words(33u * i + 2u * attempt + 1u)).x;
    let x = sqrt(-2.0 * log(u.x + 1.0 / 16777216.0)) * cos(6.283185307 * (u.y - 0.5));
    let root = 1.0 + x / sqrt(9.0 * d);
    let v = root * root * root;
    if (v > 0.0 && log(w + 1.0 / 16777216.0) < 0.5 * x * x + d * (1.0 - v + log(v))) {
      value = d * v;
      break;
    }
  }
  if (p.a < 1.0) {
    value *= pow(unit(words(33u * i + 32u)).x + 1.0 / 16777216.0, 1.0 / p.a);
  }
  out[i] = bitcast<u32>(value * p.b);
}

// A permutation of 0 ... count - 1 without a sort: a keyed Feistel network permutes the
// numbers of 2 * half bits, and is applied again while its result is not below count
// (cycle walking; count is more than a quarter of them, so four times on average).
@compute @workgroup_size(FLAT)
fn permutation(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let mask = (1u << p.half) - 1u;
  var v = i;
  loop {
    var left = v >> p.half;
    var right = v & mask;
    for (var r = 0u; r < 8u; r++) {
      let next = left ^ (words((r << 16u) | right).x & mask);
      left = right;
      right = next;
    }
    v = (left << p.half) | right;
    if (v < p.count) {
      break;
    }
  }
  out[i] = v;
}
