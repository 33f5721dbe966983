// y[r, j] = x[r, 0] + ... + x[r, j], or their product: of chunks of rows, each by a
// workgroup that walks through it.  totals: what each chunk comes to.
// needs    parts/index
// bind     0 x [rows, n]   1 starts [rows, chunks]: what comes before each chunk
//          2 y [rows, n]; totals: [rows, chunks]   3 Params
// launch   one workgroup of LANES invocations per chunk
// limits   LANES a power of two

alias T = f32;  // in which values are joined
alias X = f32;  // of x in memory
alias Y = f32;  // of y in memory

const ITEMS = 8u;              // neighbours that one invocation joins by itself
override LANES: u32 = 256u;
override PRODUCT: u32 = 0u;    // 1: products instead of sums

struct Params {
  rows: u32,
  n: u32,
  chunks: u32,     // per row; with one, `starts` are not read
  chunk: u32,      // values per chunk
  exclusive: u32,  // 1: y[r, j] leaves x[r, j] out
  reverse: u32,    // 1: rows are walked through from their end
}

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read> starts: array<T>;
@group(0) @binding(2) var<storage, read_write> y: array<Y>;
@group(0) @binding(3) var<uniform> p: Params;

// A tile's values, read and written by neighbours side by side; a gap after each
// invocation's ITEMS keeps these on different banks.
var<workgroup> values: array<T, LANES * (ITEMS + 1u)>;
var<workgroup> joined: array<T, 2u * LANES>;  // twice: one is read, one is written
var<private> newest: u32;  // where in `joined` the last ones are

// PRODUCT is also what changes nothing: 0 in sums, 1 in products.
fn nothing() -> T {
  return T(PRODUCT);
}

fn join(a: T, b: T) -> T {
  if (PRODUCT == 1u) {
    return a * b;
  }
  return a + b;
}

fn place(row: u32, j: u32) -> u32 {
  return row * p.n + select(j, p.n - 1u - j, p.reverse == 1u);
}

fn slot(i: u32) -> u32 {
  return i + i / ITEMS;
}

// joined[newest + lane] = what invocations 0 ... lane have (Hillis and Steele 1986).
fn join_lanes(lane: u32, v: T) {
  var own = v;
  newest = 0u;
  joined[lane] = own;
  workgroupBarrier();
  for (var apart = 1u; apart < LANES; apart *= 2u) {
    if (lane >= apart) {
      own = join(joined[newest + lane - apart], own);
    }
    newest = LANES - newest;
    joined[newest + lane] = own;
    workgroupBarrier();
  }
}

@compute @workgroup_size(LANES)
fn scan(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.chunks) {
    return;
  }
  let row = line / p.chunks;
  let begin = line % p.chunks * p.chunk;
  let end = min(begin + p.chunk, p.n);
  var carry = nothing();
  if (p.chunks > 1u) {
    carry = starts[line];
  }
  for (var tile = begin; tile < end; tile += LANES * ITEMS) {
    for (var i = lane; i < LANES * ITEMS; i += LANES) {
      var v = nothing();
      if (tile + i < end) {
        v = T(x[place(row, tile + i)]);
      }
      values[slot(i)] = v;
    }
    workgroupBarrier();
    let first = slot(lane * ITEMS);
    var own = nothing();
    for (var i = 0u; i < ITEMS; i++) {
      own = join(own, values[first + i]);
    }
    join_lanes(lane, own);
    var running = carry;
    if (lane > 0u) {
      running = join(carry, joined[newest + lane - 1u]);
    }
    carry = join(carry, joined[newest + LANES - 1u]);
    for (var i = 0u; i < ITEMS; i++) {
      let before = running;
      running = join(running, values[first + i]);
      values[first + i] = select(running, before, p.exclusive == 1u);
    }
    workgroupBarrier();
    for (var i = lane; i < LANES * ITEMS; i += LANES) {
      if (tile + i < end) {
        y[place(row, tile + i)] = Y(values[slot(i)]);
      }
    }
    workgroupBarrier();  // until all have read what the next tile overwrites
  }
}

@compute @workgroup_size(LANES)
fn totals(group: Group, @builtin(local_invocation_index) lane: u32) {
  let line = group_index(group);
  if (line >= p.rows * p.chunks) {
    return;
  }
  let row = line / p.chunks;
  let begin = line % p.chunks * p.chunk;
  let end = min(begin + p.chunk, p.n);
  var own = nothing();
  for (var j = begin + lane; j < end; j += LANES) {
    own = join(own, T(x[place(row, j)]));
  }
  join_lanes(lane, own);
  if (lane == 0u) {
    y[line] = Y(joined[newest + LANES - 1u]);
  }
}
