// y[ids[r], :] += x[r, :], of integers.  latest: y[s] = 1 + the last r whose ids[r] is
// s, or what y has.
// needs    parts/index
// bind     0 x [rows, inner]   1 ids [rows]   2 y [segments, inner]   3 Params
// launch   one invocation per element of x
// limits   ids outside are dropped, or with clip counted to the nearest segment

// Sums of integers wrap around, and a maximum is one: the order does not matter.

struct Params {
  rows: u32,
  segments: u32,
  inner: u32,
  clip: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> p: Params;

fn segment_of(r: u32) -> i32 {
  let last = i32(p.segments) - 1;
  let id = select(ids[r], clamp(ids[r], 0, last), p.clip == 1u);
  return select(-1, id, id <= last);
}

@compute @workgroup_size(FLAT)
fn add(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.inner) {
    return;
  }
  let segment = segment_of(i / p.inner);
  if (segment >= 0) {
    atomicAdd(&y[u32(segment) * p.inner + i % p.inner], x[i]);
  }
}

@compute @workgroup_size(FLAT)
fn latest(group: Group, @builtin(local_invocation_index) local: u32) {
  let r = flat_index(group, local);
  if (r >= p.rows) {
    return;
  }
  let segment = segment_of(r);
  if (segment >= 0) {
    atomicMax(&y[segment], r + 1u);
  }
}
