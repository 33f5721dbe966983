// x [rows, inner] -> y [chunks, segments, inner]: y[c, s, :] is the sum of the rows of
// chunk c whose id is s. Each result is summed by one invocation in the order of the
// rows, so it repeats bit by bit (no atomics). 0 x, 1 ids [rows], 2 y, 3 Params
// needs    parts/index

alias T = f32;  // the host may write vec4f or i32 here

struct Params {
  rows: u32,
  segments: u32,
  inner: u32,
  chunks: u32,
  chunk: u32,  // rows a chunk
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
