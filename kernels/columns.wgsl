// first, second = for every column the sums over chunks of rows of: moments: x and its
// square; pairs: g and g (x - mean).  combine: mean and variance, or the whole sums,
// the second one times a factor.
// needs    parts/index
// bind     0 g [rows, columns] (moments: x)   1 x   2 means [columns]
//          3 factors [columns]   4 parts [chunks, 2, columns]   5 first [columns]
//          6 second [columns]   7 Params
// launch   a workgroup of 256 for `width` columns (of T) of a chunk; combine: of all
//          chunks
// limits   rows of a chunk, by 256 / width: 65,535 (lavapipe ends loops there)

// Variances are summed from the column's first value on, so that a mean far from 0
// costs no digits.

alias T = f32;  // the host writes vec4f here where columns come in fours

struct Params {
  rows: u32,
  columns: u32,  // (of T)
  chunks: u32,
  chunk: u32,  // rows of one; the last may have fewer
  width: u32,  // a power of two, at most 256
}

override MOMENTS: u32 = 1u;  // combine: of moments, else of pairs

@group(0) @binding(0) var<storage, read> g: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> means: array<T>;
@group(0) @binding(3) var<storage, read> factors: array<T>;
@group(0) @binding(4) var<storage, read_write> parts: array<T>;
@group(0) @binding(5) var<storage, read_write> first: array<T>;
@group(0) @binding(6) var<storage, read_write> second: array<T>;
@group(0) @binding(7) var<uniform> p: Params;

struct Sums {
  first: T,
  second: T,
}

var<workgroup> joined: array<Sums, 256>;

struct Place {
  line: u32,    // of chunks
  column: u32,
  turn: u32,    // of the invocations that share the column
  turns: u32,
  live: bool,
}

fn place_of(tile: u32, local: u32, lines: u32) -> Place {
  let tiles = (p.columns + p.width - 1u) / p.width;
  let line = tile / tiles;
  let column = tile % tiles * p.width + local % p.width;
  let live = line < lines && column < p.columns;
  return Place(line, column, local / p.width, 256u / p.width, live);
}

fn plus(a: Sums, b: Sums) -> Sums {
  return Sums(a.first + b.first, a.second + b.second);
}

// The sum over the invocations that share a column, for the first of them.
fn across(local: u32, own: Sums) -> Sums {
  joined[local] = own;
  workgroupBarrier();
  for (var s = 128u; s >= p.width; s >>= 1u) {
    if (local < s) {
      joined[local] = plus(joined[local], joined[local + s]);
    }
    workgroupBarrier();
  }
  return joined[local];
}

fn store_part(at: Place, sum: Sums) {
  if (at.live && at.turn == 0u) {
    parts[2u * at.line * p.columns + at.column] = sum.first;
    parts[(2u * at.line + 1u) * p.columns + at.column] = sum.second;
  }
}

@compute @workgroup_size(256)
fn moments(group: Group, @builtin(local_invocation_index) local: u32) {
  let at = place_of(group_index(group), local, p.chunks);
  var sum = Sums();
  if (at.live) {
    let start = g[at.column];
    let end = min((at.line + 1u) * p.chunk, p.rows);
    for (var row = at.line * p.chunk + at.turn; row < end; row += at.turns) {
      let d = g[row * p.columns + at.column] - start;
      sum = plus(sum, Sums(d, d * d));
    }
  }
  store_part(at, across(local, sum));
}

@compute @workgroup_size(256)
fn pairs(group: Group, @builtin(local_invocation_index) local: u32) {
  let at = place_of(group_index(group), local, p.chunks);
  var sum = Sums();
  if (at.live) {
    let mean = means[at.column];
    let end = min((at.line + 1u) * p.chunk, p.rows);
    for (var row = at.line * p.chunk + at.turn; row < end; row += at.turns) {
      let own = g[row * p.columns + at.column];
      sum = plus(sum, Sums(own, own * (x[row * p.columns + at.column] - mean)));
    }
  }
  store_part(at, across(local, sum));
}

@compute @workgroup_size(256)
fn combine(group: Group, @builtin(local_invocation_index) local: u32) {
  let at = place_of(group_index(group), local, 1u);
  var own = Sums();
  if (at.live) {
    for (var line = at.turn; line < p.chunks; line += at.turns) {
      let from_ = 2u * line * p.columns + at.column;
      own = plus(own, Sums(parts[from_], parts[from_ + p.columns]));
    }
  }
  let sum = across(local, own);
  if (at.live && at.turn == 0u) {
    if (MOMENTS == 1u) {
      let mean = sum.first / f32(p.rows);
      first[at.column] = g[at.column] + mean;
      // rounding may make it negative; abs keeps NaN, which max may lose
      second[at.column] = abs(sum.second / f32(p.rows) - mean * mean);
    } else {
      first[at.column] = sum.first;
      second[at.column] = sum.second * factors[at.column];
    }
  }
}
