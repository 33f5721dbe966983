// out[r, c] = scale * picture[(r + 0.5) * rows / out_rows - 0.5, ...] + offset: RGBA
// bytes, one u32 per pixel, resized bilinearly with half-pixel centres, to floats of 3
// channels. Of the picture the box that begins at (box_top, box_left) is read.
// needs    parts/index, parts/sampled
// bind     0 pixels   1 out [out_rows, out_columns, 3]   2 Params
// launch   one invocation per pixel of out
// limits   none

struct Params {
  rows: u32,     // of the box
  columns: u32,
  out_rows: u32,
  out_columns: u32,
  flip: u32,  // mirror left and right
  bgr: u32,   // blue first
  stride: u32,  // pixels per row of the picture
  first: u32,   // where the box begins: box_top * stride + box_left
  scale: vec4f,   // of the three written channels
  offset: vec4f,
}

alias Y = f32;  // the host may write f16

@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<Y>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.out_rows * p.out_columns) {
    return;
  }
  let row = i / p.out_columns;
  let column = i % p.out_columns;
  let across = select(column, p.out_columns - 1u - column, p.flip == 1u);
  let box = Box(p.first, p.stride, p.rows, p.columns);
  var v = sampled(box, row, across, p.out_rows, p.out_columns);
  v = select(v, v.zyx, p.bgr == 1u) * p.scale.xyz + p.offset.xyz;
  out[i * 3u] = Y(v.x);
  out[i * 3u + 1u] = Y(v.y);
  out[i * 3u + 2u] = Y(v.z);
}
