// y = activation(mid . w + bias + other), with mid = middle(depthwise(x, taps) +
// taps_bias): a depthwise convolution and the 1x1 convolution behind it, fused.
// needs    parts/index, parts/activation, parts/coordinates
// bind     0 x [n, in_h, in_w, c]   1 taps [KH, KW, c]   2 taps_bias [c]   3 w [c, f]
//          4 bias [f]   5 other [pixels, f]   6 y [pixels, f]   7 Params
// launch   256 invocations per tile of 16 pixels (of n * out_h * out_w) x 16 outputs
// limits   c and f multiples of 4; 16 KiB of workgroup memory; for real GPUs (barriers)

// `mid` is never stored: a workgroup makes what its tile needs, 128 channels a round,
// and multiplies that by 128 rows of w. Where there is no taps_bias, bias or other, any
// readable buffer is bound there.
//
//                     128 channels          16 outputs
//                   +---------------+      +----------+
//    16 pixels of x | mid           |  128 | w        |  16 groups of 16 threads take
//    under the taps | words 0 - 511 |      | 512-1023 |  every 16th vector of channels
//                   +---------------+      +----------+  (sliced k), 4 pixels x 4
//                           \____ product ____/          outputs per thread
//
// At the end the same words hold the sixteen groups' sums, which 64 threads add up
// before the epilogue. `mid` lies at 16 k + (pixel + k) % 16: turned from row to row (a
// swizzle), so that neither writing nor reading has bank conflicts.

override KH: u32 = 3u;
override KW: u32 = 3u;

struct Params {
  pixels: u32, c: u32, f: u32,
  in_h: u32, in_w: u32, out_h: u32, out_w: u32,
  mul_h: i32, mul_w: i32, step_h: i32, step_w: i32, shift_h: i32, shift_w: i32,
  div_h: i32, div_w: i32,
  has_taps_bias: u32,
  has_bias: u32,
  has_other: u32,
  // Activations: 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh. They are read here once an
  // output, so that networks share pipelines.
  middle: u32,
  activation: u32,
}

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> x: array<vec4<X>>;
@group(0) @binding(1) var<storage, read> taps: array<vec4<X>>;
@group(0) @binding(2) var<storage, read> taps_bias: array<vec4<X>>;
@group(0) @binding(3) var<storage, read> w: array<vec4<X>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<X>>;
@group(0) @binding(5) var<storage, read> other: array<vec4<X>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<Y>>;
@group(0) @binding(7) var<uniform> p: Params;

var<workgroup> shared_words: array<vec4f, 1024>;

struct Pixel { picture: u32, row: u32, column: u32 }

fn pixel_at(index: u32) -> Pixel {
  let line = index / p.out_w;
  return Pixel(line / p.out_h, line % p.out_h, index % p.out_w);
}

// Channel vector q that an output pixel sees under filter position (ky, kx); zero
// outside.
fn seen(at: Pixel, ky: u32, kx: u32, q: u32) -> vec4f {
  let row = input_row(at.row, ky);
  let column = input_column(at.column, kx);
  let line = at.picture * p.in_h + u32(clamp(row, 0, i32(p.in_h) - 1));
  let place = line * p.in_w + u32(clamp(column, 0, i32(p.in_w) - 1));
  return select(vec4f(), vec4f(x[place * (p.c / 4u) + q]), inside(row, column));
}

@compute @workgroup_size(256)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let across = (p.f + 15u) / 16u;
  let index = group_index(group);
  let pixel = index / across * 16u;
  let column = index % across * 4u;  // in words
  if (pixel >= p.pixels) { return; }
  let words = p.c / 4u;
  let f_words = p.f / 4u;
  // This thread makes one channel vector per round, of pixels local / 32 and that + 8.
  let mine = local % 32u;
  let upper = local / 32u;
  let pixel0 = pixel_at(min(pixel + upper, p.pixels - 1u));
  let pixel1 = pixel_at(min(pixel + upper + 8u, p.pixels - 1u));
  let right = local % 4u;
  let down = local / 4u % 4u * 4u;
  let share = local / 16u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var first = 0u; first < words; first += 32u) {
    let q = first + mine;
    if (q < words) {
      var m0 = vec4f(); var m1 = vec4f();
      if (p.has_taps_bias != 0u) { m0 = vec4f(taps_bias[q]); m1 = m0; }
      for (var ky = 0u; ky < KH; ky++) {
        for (var kx = 0u; kx < KW; kx++) {
          let tap = vec4f(taps[(ky * KW + kx) * words + q]);
          m0 += tap * seen(pixel0, ky, kx, q);
          m1 += tap * seen(pixel1, ky, kx, q);
        }
      }
      shared_words[mine * 16u + (upper + mine) % 16u] = activated(m0, p.middle);
      shared_words[mine * 16u + (upper + 8u + mine) % 16u] = activated(m1, p.middle);
    }
    for (var i = local; i < 512u; i += 256u) {
      let channel = first * 4u + i / 4u;
      if (channel < p.c && column + i % 4u < f_words) {
        shared_words[512u + i] = vec4f(w[channel * f_words + column + i % 4u]);
      }
    }
    workgroupBarrier();
    for (var k = share; k < min(32u, words - first); k += 16u) {
      let w0 = shared_words[512u + k * 16u + right];
      let w1 = shared_words[516u + k * 16u + right];
      let w2 = shared_words[520u + k * 16u + right];
      let w3 = shared_words[524u + k * 16u + right];
      let u0 = shared_words[k * 16u + (down + k) % 16u];
      let u1 = shared_words[k * 16u + (down + 1u + k) % 16u];
      let u2 = shared_words[k * 16u + (down + 2u + k) % 16u];
      let u3 = shared_words[k * 16u + (down + 3u + k) % 16u];
      c0 += u0.x * w0 + u0.y * w1 + u0.z * w2 + u0.w * w3;
      c1 += u1.x * w0 + u1.y * w1 + u1.z * w2 + u1.w * w3;
      c2 += u2.x * w0 + u2.y * w1 + u2.z * w2 + u2.w * w3;
      c3 += u3.x * w0 + u3.y * w1 + u3.z * w2 + u3.w * w3;
    }
    workgroupBarrier();
  }
  let i = share * 64u + down * 4u + right;
  shared_words[i] = c0;
  shared_words[i + 4u] = c1;
  shared_words[i + 8u] = c2;
  shared_words[i + 12u] = c3;
  workgroupBarrier();
  let row = pixel + local / 4u;
  let word = column + right;
  if (local < 64u && row < p.pixels && word < f_words) {
    var v = vec4f();
    for (var s = local; s < 1024u; s += 64u) { v += shared_words[s]; }
    if (p.has_bias != 0u) { v += vec4f(bias[word]); }
    if (p.has_other != 0u) { v += vec4f(other[row * f_words + word]); }
    y[row * f_words + word] = vec4<Y>(activated(v, p.activation));
  }
}
