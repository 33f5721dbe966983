// out[i, c] = on where indices[i] == c, else off; a row of off for an index outside 0
// ... depth - 1. 0 indices, 1 out [count, depth], 2 Params
// needs    nothing

struct Params {
  count: u32,  // elements of out
  depth: u32,
  on: f32,
  off: f32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lid: vec3u,
) {
  let i = (wid.y * groups.x + wid.x) * 64u + lid.x;
  if (i >= p.count) {
    return;
  }
  out[i] = select(p.off, p.on, indices[i / p.depth] == i32(i % p.depth));
}
