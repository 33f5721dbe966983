// flat[i] = the sum of indices[i, d] * stride[d]: the number of the entry that a row of
// indices names; -1 where it is outside, or clamped to what is there.
// needs    parts/index
// bind     0 indices [count, depth]   1 flat [count]   2 Params
// launch   one invocation per row of indices
// limits   6 axes

struct Params {
  count: u32,
  depth: u32,
  clip: u32,  // 1: clamped
  unused: u32,
  axes: array<vec4i, 6>,  // size, stride
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> flat: array<i32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  var sum = 0;
  var inside = true;
  for (var d = 0u; d < p.depth; d++) {
    let axis = p.axes[d];
    let own = indices[i * p.depth + d];
    inside = inside && own >= 0 && own < axis.x;
    sum += clamp(own, 0, axis.x - 1) * axis.y;
  }
  flat[i] = select(-1, sum, inside || p.clip == 1u);
}
