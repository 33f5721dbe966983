// out[i, c] = on where indices[i] == c, else off.
// needs    parts/index
// bind     0 indices   1 out [count, depth]   2 Params
// launch   one invocation per element of out
// limits   an index that is no class gives a row of off

struct Params {
  count: u32,  // elements of out
  depth: u32,
  on: f32,
  off: f32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  out[i] = select(p.off, p.on, indices[i / p.depth] == i32(i % p.depth));
}
