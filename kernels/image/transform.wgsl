// out[n, y, x, :] = image[n] read at the place to which a projective map takes (x, y):
// ((a x + b y + c) / k, (d x + e y + f) / k), k = g x + h y + 1.
// needs    parts/index
// bind     0 image   1 maps [1 or pictures, 8]   2 out   3 Params
// launch   one invocation per element of out
// limits   none

const CONSTANT = 0u;  // beyond a picture is the fill
const REFLECT = 1u;   // dcba|abcd|dcba
const WRAP = 2u;      // abcd|abcd|abcd
const NEAREST = 3u;   // aaaa|abcd|dddd

struct Params {
  count: u32,  // elements of out
  rows: u32,
  columns: u32,
  channels: u32,
  out_rows: u32,
  out_columns: u32,
  map_stride: u32,  // 0 where all pictures have one map, else 8
  mode: u32,
  bilinear: u32,
  fill_0: f32,  // by channel, the last for those that follow
  fill_1: f32,
  fill_2: f32,
  fill_3: f32,
  unused_0: u32,
  unused_1: u32,
  unused_2: u32,
}

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> maps: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

fn fill_of(channel: u32) -> f32 {
  let fills = array<f32, 4>(p.fill_0, p.fill_1, p.fill_2, p.fill_3);
  return fills[min(channel, 3u)];
}

// The place within n pixels that stands for `at`.
fn folded(at: f32, n: f32) -> f32 {
  if (p.mode == CONSTANT) {
    return at;
  }
  var v = at;
  if (p.mode == REFLECT) {
    let both = 2.0 * n;
    if (at < 0.0) {
      v = both * trunc(-at / both) + at;
      v = select(-v - 1.0, v + both, v < -n);
    } else if (at > n - 1.0) {
      v = at - both * trunc(at / both);
      v = select(v, both - v - 1.0, v >= n);
    }
  }
  if (p.mode == WRAP && n > 1.0) {
    if (at < 0.0) {
      v = at + n * (trunc(-at / (n - 1.0)) + 1.0);
    } else if (at > n - 1.0) {
      v = at - n * trunc(at / (n - 1.0));
    }
  }
  return clamp(v, 0.0, n - 1.0);
}

fn pixel_at(picture: u32, y: f32, x: f32, channel: u32) -> f32 {
  if (!(y >= 0.0 && y < f32(p.rows) && x >= 0.0 && x < f32(p.columns))) {
    return fill_of(channel);
  }
  return image[((picture * p.rows + u32(y)) * p.columns + u32(x)) * p.channels + channel];
}

// A value of weight 0 does not count, even if it is NaN or infinite.
fn between(a: f32, b: f32, share: f32) -> f32 {
  return select(mix(a, b, share), a, share == 0.0);
}

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let channel = i % p.channels;
  let pixel = i / p.channels;
  let column = f32(pixel % p.out_columns);
  let row = f32(pixel / p.out_columns % p.out_rows);
  let picture = pixel / p.out_columns / p.out_rows;
  let m = picture * p.map_stride;
  let k = maps[m + 6u] * column + maps[m + 7u] * row + 1.0;
  let x = folded((maps[m] * column + maps[m + 1u] * row + maps[m + 2u]) / k, f32(p.columns));
  let y = folded((maps[m + 3u] * column + maps[m + 4u] * row + maps[m + 5u]) / k, f32(p.rows));
  let near = y > -1.0 && y < f32(p.rows) && x > -1.0 && x < f32(p.columns);
  if (k == 0.0 || !near) {
    out[i] = fill_of(channel);
    return;
  }
  if (p.bilinear == 0u) {
    out[i] = pixel_at(picture, floor(y + 0.5), floor(x + 0.5), channel);
    return;
  }
  let top = floor(y);
  let left = floor(x);
  let a = pixel_at(picture, top, left, channel);
  let b = pixel_at(picture, top, left + 1.0, channel);
  let c = pixel_at(picture, top + 1.0, left, channel);
  let d = pixel_at(picture, top + 1.0, left + 1.0, channel);
  out[i] = between(between(a, b, x - left), between(c, d, x - left), y - top);
}
