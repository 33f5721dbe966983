// y[s, :] = sum of the rows x[r, :] whose ids[r] is s: each result looks at all rows.
// needs    parts/index
// bind     0 x [rows, inner]   1 ids [rows]   2 y [segments, inner]   3 Params
// launch   one invocation per element of y
// limits   rows <= 65,535 (lavapipe ends loops after so many rounds)

// No atomics: each result is summed by one invocation, in the order of the rows, so it
// repeats bit by bit.

alias T = f32;  // the host may write vec4f here

struct Params {
  rows: u32,
  segments: u32,
  inner: u32,
  clip: u32,  // ids outside the segments: 1 counts them to the nearest, 0 drops them
}

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.segments * p.inner) {
    return;
  }
  let segment = i32(i / p.inner);
  let last = i32(p.segments) - 1;
  var sum = T();
  for (var r = 0u; r < p.rows; r++) {
    let id = select(ids[r], clamp(ids[r], 0, last), p.clip == 1u);
    if (id == segment) {
      sum += x[r * p.inner + i % p.inner];
    }
  }
  y[i] = sum;
}
