// unfold: y[n, o, m, k, c] = x[n, z, m, c] with z = o * stride + k * dilation - before,
// and 0 where that is outside.  fold, its transpose: y[n, z, m, c] = sum over k of
// x[n, o, m, k, c].
// needs    parts/index
// bind     0 x   1 y   2 Params
// launch   one invocation per T of y
// limits   none

// Values as they lie in memory; `fold` adds, so it wants floats.
alias T = f32;

struct Params {
  threads: u32,
  inner: u32, channels: u32, // of m, and of c in T
  depth: u32, outputs: u32,  // of z, and of o
  size: u32, stride: u32, dilation: u32, before: u32,
}

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read_write> y: array<T>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn unfold(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let c = index % p.channels;
  let k = index / p.channels % p.size;
  let m = index / (p.channels * p.size) % p.inner;
  let a = index / (p.channels * p.size * p.inner);
  let z = i32(a % p.outputs * p.stride + k * p.dilation) - i32(p.before);
  let inside = z >= 0 && z < i32(p.depth);
  let line = a / p.outputs * p.depth + u32(select(0, z, inside));
  let value = x[(line * p.inner + m) * p.channels + c];
  if (inside) {
    y[index] = value;
  } else {
    y[index] = T();
  }
}

@compute @workgroup_size(FLAT)
fn fold(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let c = index % p.channels;
  let m = index / p.channels % p.inner;
  let a = index / (p.channels * p.inner);
  var sum = T();
  for (var k = 0u; k < p.size; k++) {
    let t = i32(a % p.depth + p.before) - i32(k * p.dilation);
    let o = u32(max(t, 0)) / p.stride;
    if (t >= 0 && o * p.stride == u32(t) && o < p.outputs) {
      let line = a / p.depth * p.outputs + o;
      sum += x[((line * p.inner + m) * p.size + k) * p.channels + c];
    }
  }
  y[index] = sum;
}
