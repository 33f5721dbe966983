// keys[r] = ids[r]; where there is no such segment the last one, with the top bit set
// (that row is dropped), or with `clip` the nearest that there is.
// y = 0, which the sums go to.
// needs    parts/index
// bind     0 ids [rows]   1 keys [rows]   2 y [words]   3 Params
// launch   one invocation per row, and per word of y
// limits   none

alias Y = u32;  // the host writes vec4u here where y's rows divide by four

struct Params {
  rows: u32,
  segments: u32,
  clip: u32,
  words: u32,  // of y, 0 where it is not for here
}

@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<Y>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let r = flat_index(group, local);
  if (r < p.words) {
    y[r] = Y();
  }
  if (r >= p.rows) {
    return;
  }
  let last = i32(p.segments) - 1;
  let id = select(ids[r], clamp(ids[r], 0, last), p.clip == 1u);
  keys[r] = select(u32(last) | 0x80000000u, u32(id), id >= 0 && id <= last);
}
