// Adds up to four vectors of n values onto running sums, and moves a data set's offset on. One workgroup.
// 0 sums, 1 offset, 2-5 vectors (those that are not there repeat the first), 6 Params

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

var<workgroup> parts: array<vec4f, 256>;

fn finish(total: vec4f) {
  sums[p.first] += total.x;
  if (p.vectors > 1u) { sums[p.first + 1u] += total.y; }
  if (p.vectors > 2u) { sums[p.first + 2u] += total.z; }
  if (p.vectors > 3u) { sums[p.first + 3u] += total.w; }
  offset[0] += p.advance;
}

fn part(start: u32, stride: u32) -> vec4f {
  var total = vec4f();
  for (var i = start; i < p.n; i += stride) {
    total += vec4f(a[i], b[i], c[i], d[i]);
  }
  return total;
}

// For software adapters, where a barrier costs more than a sum of a few hundred values.
@compute @workgroup_size(1)
fn serial() {
  finish(part(0u, 1u));
}

@compute @workgroup_size(256)
fn tree(@builtin(local_invocation_index) lane: u32) {
  parts[lane] = part(lane, 256u);
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { parts[lane] += parts[lane + half]; }
  }
  if (lane == 0u) { finish(parts[0]); }
}
