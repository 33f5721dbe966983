// out[n, r, c] = scale * picture n[(r + 0.5) * rows / out_rows - 0.5, ...] + offset:
// pictures of any sizes one behind another as RGBA bytes, one u32 per pixel, each
// resized bilinearly to floats of 3 channels.
// needs    parts/index, parts/sampled
// bind     0 pixels   1 places [n, 3]: first pixel, rows, columns
//          2 out [n, out_rows, out_columns, 3]   3 Params
// launch   one invocation per pixel of out
// limits   none

struct Params {
  count: u32,  // n * out_rows * out_columns
  out_rows: u32,
  out_columns: u32,
  flip: u32,  // mirror left and right
  bgr: u32,   // blue first
  scale: vec4f,   // of the three written channels
  offset: vec4f,
}

alias Y = f32;  // the host may write f16

@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read> places: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<Y>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let picture = i / (p.out_rows * p.out_columns);
  let row = i / p.out_columns % p.out_rows;
  let column = i % p.out_columns;
  let across = select(column, p.out_columns - 1u - column, p.flip == 1u);
  let rows = u32(places[picture * 3u + 1u]);
  let columns = u32(places[picture * 3u + 2u]);
  let box = Box(u32(places[picture * 3u]), columns, rows, columns);
  var v = sampled(box, row, across, p.out_rows, p.out_columns);
  v = select(v, v.zyx, p.bgr == 1u) * p.scale.xyz + p.offset.xyz;
  out[i * 3u] = Y(v.x);
  out[i * 3u + 1u] = Y(v.y);
  out[i * 3u + 2u] = Y(v.z);
}
