// sums = left . matrix, by one workgroup: what a walk through a whole sequence does at
// every step, with the state of its rows in workgroup (shared) memory.
// needs    recurrent/sequence
// bind     none; the kernel binds `matrix`, [DEPTH, QUADS] of four columns each
// launch   a part: of kernels that walk through a sequence, THREADS invocations for
//          ROWS rows of the batch
// limits   DEPTH / 8 a multiple of SHARES; the host sees to the workgroup memory

const UNITS: u32 = 8u;
const ROWS: u32 = 1u;     // of a workgroup: 1, 2 or 4
const DEPTH: u32 = 8u;    // a multiple of 8, padded with zeros
const QUADS: u32 = 8u;
const SHARES: u32 = 1u;   // of DEPTH, each summed by other invocations
const THREADS: u32 = 64u;
const HELD: u32 = 0u;     // rounds in registers, 0 to 2; 0 where a thread has several quads
const ROUNDS = DEPTH / 8u / SHARES;

var<workgroup> left: array<f32, ROWS * DEPTH>;
var<workgroup> sums: array<vec4f, ROWS * SHARES * QUADS>;

// Not left to the language, which promises it: not every driver does.
fn begin_with_zeros(local: u32) {
  for (var i = local; i < ROWS * DEPTH; i += THREADS) { left[i] = 0.0; }
  for (var i = local; i < ROWS * SHARES * QUADS; i += THREADS) { sums[i] = vec4f(); }
}

fn left_at(row: u32, k: u32) -> vec4f {
  let at = row * DEPTH + k;
  return vec4f(left[at], left[at + 1u], left[at + 2u], left[at + 3u]);
}

// What a thread keeps of the matrix in registers: its first HELD rounds, which it needs
// again at every step.
struct Held {
  a: mat4x4f,
  b: mat4x4f,
  c: mat4x4f,
  d: mat4x4f,
}

// Four rows of the matrix, four columns of each.
fn words(at: u32) -> mat4x4f {
  return mat4x4f(
    matrix[at], matrix[at + QUADS], matrix[at + 2u * QUADS], matrix[at + 3u * QUADS]);
}

// Where the first row of a share lies.
fn words_of(i: u32) -> u32 {
  return i / QUADS * ROUNDS * 8u * QUADS + i % QUADS;
}

fn held_by(local: u32) -> Held {
  var held: Held;
  if (HELD > 0u && local < SHARES * QUADS) {
    let at = words_of(local);
    held.a = words(at);
    held.b = words(at + 4u * QUADS);
    if (HELD > 1u) {
      held.c = words(at + 8u * QUADS);
      held.d = words(at + 12u * QUADS);
    }
  }
  return held;
}

struct Rows {
  first: vec4f,
  second: vec4f,
  third: vec4f,
  fourth: vec4f,
}

// The sums with eight more rows of the matrix, from row k on.
fn with_round(rows: Rows, a: mat4x4f, b: mat4x4f, k: u32) -> Rows {
  var sum = rows;
  sum.first += a * left_at(0u, k) + b * left_at(0u, k + 4u);
  if (ROWS > 1u) { sum.second += a * left_at(1u, k) + b * left_at(1u, k + 4u); }
  if (ROWS > 2u) {
    sum.third += a * left_at(2u, k) + b * left_at(2u, k + 4u);
    sum.fourth += a * left_at(3u, k) + b * left_at(3u, k + 4u);
  }
  return sum;
}

// Between two barriers. The matrix comes from the GPU's cache (L2) at every step, so
// the words of the next round are on their way while those of this one are summed.
fn multiply(local: u32, held: Held) {
  for (var i = local; i < SHARES * QUADS; i += THREADS) {
    let at = words_of(i);
    let k = i / QUADS * ROUNDS * 8u;
    var rows: Rows;
    var a: mat4x4f;
    var b: mat4x4f;
    if (HELD < ROUNDS) {
      a = words(at + HELD * 8u * QUADS);
      b = words(at + (HELD * 8u + 4u) * QUADS);
    }
    if (HELD > 0u) { rows = with_round(rows, held.a, held.b, k); }
    if (HELD > 1u) { rows = with_round(rows, held.c, held.d, k + 8u); }
    for (var round = HELD; round < ROUNDS; round++) {
      var next_a = a;
      var next_b = b;
      if (round + 1u < ROUNDS) {
        next_a = words(at + (round * 8u + 8u) * QUADS);
        next_b = words(at + (round * 8u + 12u) * QUADS);
      }
      rows = with_round(rows, a, b, k + round * 8u);
      a = next_a;
      b = next_b;
    }
    sums[i] = rows.first;
    if (ROWS > 1u) { sums[SHARES * QUADS + i] = rows.second; }
    if (ROWS > 2u) {
      sums[2u * SHARES * QUADS + i] = rows.third;
      sums[3u * SHARES * QUADS + i] = rows.fourth;
    }
  }
}

fn product_at(row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var share = 0u; share < SHARES; share++) {
    sum += sums[(row * SHARES + share) * QUADS + column / 4u][column % 4u];
  }
  return sum;
}

// An element of the state: row `row` of the batch, `place` of the workgroup.
struct Element {
  row: u32,
  place: u32,
  unit: u32,
}

fn element(group: Group, i: u32) -> Element {
  let place = i / UNITS;
  return Element(group_index(group) * ROWS + place, place, i % UNITS);
}
