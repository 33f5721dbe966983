// y[s, :] = sum of the rows x[order[r], :] whose keys[r] is s, of sorted keys: those of
// a chunk; zeros for a segment without rows.  across: of segments that go over several
// chunks.
// needs    parts/index
// bind     0 x [rows, inner]   1 keys [rows]   2 order [rows]
//          3 parts [chunks, 2, inner], what a chunk has of the segment that began
//          before it, and of the one that ends behind it   4 y [segments, inner]
//          5 Params
// launch   one invocation per column of a chunk of LENGTH rows; of `chunk` behind those
//          CLEARING per segment
// limits   65,535 chunks of one segment on lavapipe, which ends loops there

// No atomics: each result is summed in the order of the rows, so it repeats bit by bit.

alias T = f32;  // of sums; vec4f where inner divides by four
alias X = f32;  // of x in memory
alias Y = f32;  // of y in memory

struct Params {
  rows: u32,
  segments: u32,
  inner: u32,     // in elements of T
  chunks: u32,
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> parts: array<T>;
@group(0) @binding(4) var<storage, read_write> y: array<Y>;
@group(0) @binding(5) var<uniform> p: Params;

const LENGTH: u32 = 32u;
const AHEAD: u32 = 4u;     // rows that are read at once
const CLEARING: u32 = 4u;  // invocations that look whether a segment has rows

// Of a row that is dropped the one it is put with.
fn segment_of(r: u32) -> u32 {
  return keys[r] & 0x7fffffffu;
}

// Whether the segment of the chunk's first row began before it.
fn inherits(begin: u32) -> bool {
  return begin > 0u && segment_of(begin - 1u) == segment_of(begin);
}

fn has_rows(segment: u32) -> bool {
  var low = 0u;
  var high = p.rows;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (segment_of(middle) < segment) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low < p.rows && segment_of(low) == segment;
}

@compute @workgroup_size(FLAT)
fn chunk(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.chunks * p.inner) {
    let at = i - p.chunks * p.inner;
    let segment = at / CLEARING;
    if (segment < p.segments && !has_rows(segment)) {
      for (var j = at % CLEARING; j < p.inner; j += CLEARING) {
        y[segment * p.inner + j] = Y();
      }
    }
    return;
  }
  let own = i / p.inner * 2u * p.inner + i % p.inner;
  let begin = i / p.inner * LENGTH;
  let end = min(begin + LENGTH, p.rows);
  var segment = segment_of(begin);
  var inherited = inherits(begin);
  var sum = T();
  for (var r = begin; r < end; r += AHEAD) {
    var next: array<u32, AHEAD>;
    var rows: array<T, AHEAD>;
    for (var a = 0u; a < AHEAD; a++) {
      let at = min(r + a, end - 1u);
      next[a] = segment_of(at);
      let row = T(x[order[at] * p.inner + i % p.inner]);
      rows[a] = select(row, T(), keys[at] > 0x7fffffffu);
    }
    for (var a = 0u; a < min(AHEAD, end - r); a++) {
      if (next[a] != segment) {
        if (inherited) {
          parts[own] = sum;
        } else {
          y[segment * p.inner + i % p.inner] = Y(sum);
        }
        segment = next[a];
        inherited = false;
        sum = T();
      }
      sum += rows[a];
    }
  }
  if (inherited) {
    parts[own] = sum;
  } else if (end < p.rows && segment_of(end) == segment) {
    parts[own + p.inner] = sum;
  } else {
    y[segment * p.inner + i % p.inner] = Y(sum);
  }
}

@compute @workgroup_size(FLAT)
fn across(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.chunks * p.inner) {
    return;
  }
  let begin = i / p.inner * LENGTH;
  let end = begin + LENGTH;
  if (end >= p.rows) {
    return;
  }
  let segment = segment_of(end);
  let is_first = segment_of(begin) != segment || !inherits(begin);
  if (segment_of(end - 1u) != segment || !is_first) {
    return;
  }
  var at = i / p.inner * 2u * p.inner + i % p.inner;
  var sum = parts[at + p.inner];
  for (var r = end; r < p.rows && segment_of(r) == segment; r += LENGTH) {
    at += 2u * p.inner;
    sum += parts[at];
  }
  y[segment * p.inner + i % p.inner] = Y(sum);
}
