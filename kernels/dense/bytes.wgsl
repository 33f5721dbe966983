// y = activation(A . W^T + bias), W = scale * bytes + low, four k of it to a word.
// needs    parts/activation, rows/thread | rows/tree | rows/subgroups
// bind     0 a [m, k]   1 bytes [n, words]   2 scale [n]   3 low [n]   4 bias [n]
//          5 y [m, n]   6 Params
// launch   row: LANES invocations per result, which share its k; tiles: an invocation
//          per 4 rows x 4 columns
// limits   k <= 48,000 in 'tiles' and alone in 'row' (lavapipe ends loops after 65,535
//          rounds)

struct Params {
  m: u32,
  n: u32,
  k: u32,
  words: u32,  // per row of W
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> low: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

override ACTIVATION: u32 = 0u;

// Four k of a row of A; zeros behind its end, where W has but padding.
fn inputs(m: u32, word: u32) -> vec4f {
  let k = 4u * word;
  let i = m * p.k + k;
  if (k + 3u < p.k) { return vec4f(a[i], a[i + 1u], a[i + 2u], a[i + 3u]); }
  var v = vec4f(a[i], 0.0, 0.0, 0.0);
  if (k + 1u < p.k) { v.y = a[i + 1u]; }
  if (k + 2u < p.k) { v.z = a[i + 2u]; }
  return v;
}

fn weights(n: u32, word: u32) -> vec4f {
  let packed = bytes[n * p.words + word];
  let each = vec4u(packed, packed >> 8u, packed >> 16u, packed >> 24u) & vec4u(255u);
  return vec4f(each) * scale[n] + low[n];
}

fn finish(m: u32, n: u32, sum: f32) {
  if (m < p.m && n < p.n) {
    y[m * p.n + n] = activated(vec4f(sum + bias[n]), ACTIVATION).x;
  }
}

@compute @workgroup_size(ROWS * LANES)
fn row(group: Group, lane: Lane) {
  let result = row_of(group, lane);
  if (result >= p.m * p.n) { return; }
  let m = result / p.n;
  let n = result % p.n;
  var sum = 0.0;
  for (var word = place(lane); word < p.words; word += LANES) {
    sum += dot(inputs(m, word), weights(n, word));
  }
  sum = across_sum(lane, sum);
  if (place(lane) == 0u) { finish(m, n, sum); }
}

@compute @workgroup_size(FLAT)
fn tiles(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  let across = (p.n + 3u) / 4u;
  let m = i / across * 4u;
  let n = i % across * 4u;
  if (m >= p.m) { return; }
  let last = vec2u(p.m - 1u, p.n - 1u);
  let rows = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(last.x));
  let columns = min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(last.y));
  var s0 = vec4f();  // of the first row, four columns
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var word = 0u; word < p.words; word++) {
    let w = mat4x4f(weights(columns.x, word), weights(columns.y, word),
                    weights(columns.z, word), weights(columns.w, word));
    s0 += inputs(rows.x, word) * w;
    s1 += inputs(rows.y, word) * w;
    s2 += inputs(rows.z, word) * w;
    s3 += inputs(rows.w, word) * w;
  }
  for (var j = 0u; j < 4u; j++) {
    finish(m, n + j, s0[j]);
    finish(m + 1u, n + j, s1[j]);
    finish(m + 2u, n + j, s2[j]);
    finish(m + 3u, n + j, s3[j]);
  }
}
