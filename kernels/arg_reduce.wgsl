// y[o, i] = the index along n of the largest (or smallest) of x[o, :, i]: of the first
// of equals, and of the first NaN if there is one.
// needs    parts/index, parts/nan_element
// bind     0 x [outer, n, inner]   1 places [outer, chunks, inner], for merge   2 y
//          3 Params
// launch   one invocation per result. A long n is split: `chunk` finds the best of each
//          part, to y [outer, chunks, inner], and a second launch, `merge`, the best of
//          those
// limits   a part <= 65,535 (lavapipe ends loops after so many rounds)

// Neighbouring invocations read neighbouring values: of columns, or where inner is 1 of
// parts that take turns along the axis.

alias T = f32;  // what is compared; the host may write i32 or u32 here
alias X = f32;  // how x lies in memory: as T, or f16 where T is f32

override LARGEST: u32 = 1u;

struct Params {
  outer: u32,
  n: u32,
  inner: u32,
  chunks: u32,
  step: u32,   // from one value of a part to its next
  chunk: u32,  // values from where a part begins to where the next does
  unused_0: u32,
  unused_1: u32,
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> places: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

fn beats(new_: T, old: T) -> bool {
  return !is_nan(old) && (is_nan(new_) || select(old > new_, new_ > old, LARGEST == 1u));
}

@compute @workgroup_size(FLAT)
fn chunk(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.outer * p.chunks * p.inner) {
    return;
  }
  let line = i / p.inner;
  let begin = line % p.chunks * p.chunk;
  let end = select(min(begin + p.chunk, p.n), p.n, p.step > 1u);
  let base = line / p.chunks * p.n * p.inner + i % p.inner;
  var best = begin;
  var value = T(x[base + begin * p.inner]);
  for (var j = begin + p.step; j < end; j += p.step) {
    let v = T(x[base + j * p.inner]);
    if (beats(v, value)) {
      best = j;
      value = v;
    }
  }
  y[i] = i32(best);
}

@compute @workgroup_size(FLAT)
fn merge(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.outer * p.inner) {
    return;
  }
  let o = i / p.inner;
  let column = i % p.inner;
  let base = o * p.n * p.inner + column;
  var best = u32(places[o * p.chunks * p.inner + column]);
  var value = T(x[base + best * p.inner]);
  for (var c = 1u; c < p.chunks; c++) {
    let place = u32(places[(o * p.chunks + c) * p.inner + column]);
    let v = T(x[base + place * p.inner]);
    if (beats(v, value) || (place < best && !beats(value, v))) {
      best = place;
      value = v;
    }
  }
  y[i] = i32(best);
}
