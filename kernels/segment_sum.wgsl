// y[c, s, :] = sum of the rows x[r, :] of chunk c whose ids[r] is s.
// needs    parts/index
// bind     0 x [rows, inner]   1 ids [rows]   2 y [chunks, segments, inner]   3 Params
// launch   one invocation per element of y
// limits   chunk <= 65,535 rows (lavapipe ends loops after so many rounds)

// No atomics: each result is summed by one invocation, in the order of the rows, so it
// repeats bit by bit.

alias T = f32;  // the host may write vec4f or i32 here

struct Params {
  rows: u32,
  segments: u32,
  inner: u32,
  chunks: u32,
  chunk: u32,  // rows per chunk
  clip: u32,   // ids outside the segments: 1 counts them to the nearest one, 0 drops them
  unused_0: u32,
  unused_1: u32,
}

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<T>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.chunks * p.segments * p.inner) {
    return;
  }
  let column = i % p.inner;
  let segment = i32(i / p.inner % p.segments);
  let begin = i / p.inner / p.segments * p.chunk;
  let end = min(begin + p.chunk, p.rows);
  let last = i32(p.segments) - 1;
  var sum = T();
  for (var r = begin; r < end; r++) {
    let id = select(ids[r], clamp(ids[r], 0, last), p.clip == 1u);
    if (id == segment) {
      sum += x[r * p.inner + column];
    }
  }
  y[i] = sum;
}
