// input = output * stride - padding + k: which inputs an output's window holds, and
// which outputs hold an input.
// needs    nothing
// bind     none; the kernel binds `p`, of the type Params that stands here
// launch   a part: of the kernels of this folder
// limits   65,535 positions per window (lavapipe ends loops after so many rounds)

// Pictures are [n, in_h, in_w, c], outputs [n, out_h, out_w, c].

struct Params {
  threads: u32, // one for each value that is written
  channels: u32,
  in_h: i32, in_w: i32, out_h: i32, out_w: i32,
  kh: i32, kw: i32, stride_h: i32, stride_w: i32, top: i32, left: i32,
}

// A value of a picture of height x width.
struct Spot { picture: i32, row: i32, column: i32, c: u32 }

fn spot(index: u32, height: i32, width: i32) -> Spot {
  let pixel = i32(index / p.channels);
  return Spot(pixel / (width * height), pixel / width % height, pixel % width, index % p.channels);
}

fn input_index(at: Spot, row: i32, column: i32) -> u32 {
  return u32((at.picture * p.in_h + row) * p.in_w + column) * p.channels + at.c;
}

fn output_index(at: Spot, row: i32, column: i32) -> u32 {
  return u32((at.picture * p.out_h + row) * p.out_w + column) * p.channels + at.c;
}

// Rows `first` to before `end`, and columns.
struct Area { first: vec2i, end: vec2i }

// Where an output's window starts; may be outside the picture.
fn corner(output: Spot) -> vec2i {
  return vec2i(output.row * p.stride_h - p.top, output.column * p.stride_w - p.left);
}

// The part inside the picture of the window that starts there. Never empty.
fn clipped(corner: vec2i) -> Area {
  return Area(max(corner, vec2i()), min(corner + vec2i(p.kh, p.kw), vec2i(p.in_h, p.in_w)));
}

// The outputs whose window holds an input: output * stride <= input + padding < output
// * stride + window.
fn holders(input: Spot) -> Area {
  let stride = vec2i(p.stride_h, p.stride_w);
  let padded = vec2i(input.row + p.top, input.column + p.left);
  let first = max(padded - vec2i(p.kh, p.kw) + stride, vec2i()) / stride;
  return Area(first, min(padded / stride + 1, vec2i(p.out_h, p.out_w)));
}
