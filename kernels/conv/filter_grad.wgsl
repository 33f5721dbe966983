// dw[tap, c, f] = sum over pixels of x[pixel seen under the tap, c] * dy[pixel, f].
// needs    parts/coordinates
// bind     0 x [n, in_h, in_w, in_c]   1 dy [n, out_h, out_w, out_c]
//          2 dw [splits, the filter's shape]   3 Params
// launch   a part: of the filter gradients of this folder. The output pixels are cut
//          into splits of `chunk` (split-k), one per invocation or workgroup;
//          sum_partials adds them up
// limits   x4, dy4 and dw4, the same as vectors of four, want channels in multiples of
//          4

struct Params {
  threads: u32,
  kh: u32, kw: u32,
  out_h: u32, out_w: u32, out_c: u32,
  in_h: u32, in_w: u32, in_c: u32,
  mul_h: i32, mul_w: i32, step_h: i32, step_w: i32, shift_h: i32, shift_w: i32,
  div_h: i32, div_w: i32,
  pixels: u32, // n * out_h * out_w
  chunk: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(0) var<storage, read> x4: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> dy4: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw4: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

// An output pixel that is stepped through in memory order, without a division per step.
struct Walk { column: u32, row: u32, picture: u32 }

fn walk_from(pixel: u32) -> Walk {
  let line = pixel / p.out_w;
  return Walk(pixel % p.out_w, line % p.out_h, line / p.out_h);
}

fn walk_on(at: Walk) -> Walk {
  var next = at;
  next.column += 1u;
  if (next.column == p.out_w) {
    next.column = 0u;
    next.row += 1u;
    if (next.row == p.out_h) {
      next.row = 0u;
      next.picture += 1u;
    }
  }
  return next;
}

// Row and column of a tap.
fn tap_at(tap: u32) -> vec2u {
  return vec2u(tap / p.kw, tap % p.kw);
}

// The input pixel that an output pixel sees under a tap, or -1.
fn source(at: Walk, tap: vec2u) -> i32 {
  let row = input_row(at.row, tap.x);
  let column = input_column(at.column, tap.y);
  let index = (i32(at.picture * p.in_h) + row) * i32(p.in_w) + column;
  return select(-1, index, inside(row, column));
}
