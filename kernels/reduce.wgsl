// y[o, c, i] = sum, mean, max, min or product of x[o, :, i] over chunk c of n.
// needs    parts/index, parts/nan_element, rows/thread | rows/tree | rows/subgroups
// bind     0 x [outer, n, inner]   1 y [outer, chunks, inner]   2 Params
// launch   thread: one invocation per result; columns: one workgroup per chunk of
//          `width` neighbouring columns; row, where inner is 1: the invocations of
//          rows/* per chunk
// limits   thread: chunk <= 65,535 (lavapipe ends loops after so many rounds); row: no
//          products

// A long n is a split reduction: a second launch with n = chunks and chunks = 1
// finishes what the first has left. NaN in, NaN out, for extremes, too. The text of
// rows/* says what T is: f32, i32 or u32.

alias X = f32;  // how x and y lie in memory: as T, or f16 where T is f32
alias Y = f32;

override KIND: u32 = 0u;   // 0 sum, 1 mean (a sum divided by `divisor`), 2 max, 3 min, 4 prod

struct Params {
  outer: u32,
  n: u32,
  inner: u32,
  chunks: u32,
  chunk: u32,    // values per chunk; the last may have fewer
  width: u32,    // columns: how many per workgroup, a power of two up to 256
  divisor: f32,
  nan: u32,      // the bits of a NaN; WGSL has no literal for it
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read_write> y: array<Y>;
@group(0) @binding(2) var<uniform> p: Params;

fn join(a: T, b: T) -> T {
  if (KIND <= 1u) {
    return a + b;
  }
  if (KIND == 4u) {
    return a * b;
  }
  let better = select(a > b, b > a, KIND == 2u);
  return select(a, b, is_nan(b) || (better && !is_nan(a)));
}

// What joins with nothing but `first` to give `first`. Extremes start from a value of
// the chunk: WGSL has no infinity.
fn start(first: T) -> T {
  if (KIND <= 1u) {
    return T(0);
  }
  return select(first, T(1), KIND == 4u);
}

fn finish(v: T) -> T {
  if (KIND == 1u) {
    return T(f32(v) / p.divisor);
  }
  return v;
}

// One invocation per result: for software adapters. Unrolled: four running results hide
// the latency of loads, and keep sums accurate.
@compute @workgroup_size(FLAT)
fn thread(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.outer * p.chunks * p.inner) {
    return;
  }
  let line = i / p.inner;
  let begin = line % p.chunks * p.chunk;
  let count = min(p.chunk, p.n - begin);
  var at = (line / p.chunks * p.n + begin) * p.inner + i % p.inner;
  let first = start(T(x[at]));
  var a = first;
  var b = first;
  var c = first;
  var d = first;
  for (var j = count / 4u; j > 0u; j--) {
    a = join(a, T(x[at]));
    b = join(b, T(x[at + p.inner]));
    c = join(c, T(x[at + 2u * p.inner]));
    d = join(d, T(x[at + 3u * p.inner]));
    at += 4u * p.inner;
  }
  for (var j = count % 4u; j > 0u; j--) {
    a = join(a, T(x[at]));
    at += p.inner;
  }
  y[i] = Y(finish(join(join(a, b), join(c, d))));
}

// One workgroup for `width` columns of a chunk, whose loads are coalesced: 256 / width
// invocations share a column, and join by a tree reduction.
var<workgroup> joined: array<T, 256>;

@compute @workgroup_size(256)
fn columns(group: Group, @builtin(local_invocation_index) local: u32) {
  let tile = group_index(group);
  let tiles = (p.inner + p.width - 1u) / p.width;
  let line = tile / tiles;
  let column = tile % tiles * p.width + local % p.width;
  let row = local / p.width;
  let rows = 256u / p.width;
  let begin = line % p.chunks * p.chunk;
  let live = line < p.outer * p.chunks && column < p.inner;
  var v = T(0);
  if (live) {
    let base = (line / p.chunks * p.n + begin) * p.inner + column;
    let count = min(p.chunk, p.n - begin);
    v = start(T(x[base]));
    for (var j = row; j < count; j += rows) {
      v = join(v, T(x[base + j * p.inner]));
    }
  }
  joined[local] = v;
  workgroupBarrier();
  for (var s = 128u; s >= p.width; s >>= 1u) {
    if (local < s) {
      joined[local] = join(joined[local], joined[local + s]);
    }
    workgroupBarrier();
  }
  if (row == 0u && live) {
    y[line * p.inner + column] = Y(finish(joined[local]));
  }
}

// The same value with the order turned round, so that the least is the largest.
fn reversed(v: T) -> T {
  return bitcast<T>(bitcast<u32>(v) ^ select(0xffffffffu, 0x80000000u, FLOAT == 1u));
}

fn join_across(lane: Lane, v: T) -> T {
  if (KIND <= 1u) {
    return across_sum(lane, v);
  }
  let ordered = across_max(lane, select(v, reversed(v), KIND == 3u));
  let extreme = select(ordered, reversed(ordered), KIND == 3u);
  if (FLOAT == 0u) {
    return extreme;
  }
  return select(extreme, bitcast<T>(p.nan), across_max(lane, select(T(0), T(1), is_nan(v))) > T(0));
}

// A chunk of a row for the invocations that share one; for all but products.
@compute @workgroup_size(ROWS * LANES)
fn row(group: Group, lane: Lane) {
  let line = row_of(group, lane);
  if (line >= p.outer * p.chunks) {
    return;
  }
  let begin = line % p.chunks * p.chunk;
  let base = line / p.chunks * p.n + begin;
  let count = min(p.chunk, p.n - begin);
  var v = start(T(x[base]));
  for (var j = place(lane); j < count; j += LANES) {
    v = join(v, T(x[base + j]));
  }
  v = join_across(lane, v);
  if (place(lane) == 0u) {
    y[line] = Y(finish(v));
  }
}
