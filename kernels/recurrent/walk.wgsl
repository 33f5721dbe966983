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

// Between two barriers. The matrix comes from the GPU's cache (L2) at every step, so
// each invocation asks for eight words at once.
fn multiply(local: u32) {
  for (var i = local; i < SHARES * QUADS; i += THREADS) {
    let quad = i % QUADS;
    let share = i / QUADS;
    var row0 = vec4f();
    var row1 = vec4f();
    var row2 = vec4f();
    var row3 = vec4f();
    for (var j = 0u; j < ROUNDS; j++) {
      let k = (share * ROUNDS + j) * 8u;
      let at = k * QUADS + quad;
      let a = mat4x4f(
        matrix[at], matrix[at + QUADS], matrix[at + 2u * QUADS], matrix[at + 3u * QUADS]);
      let b = mat4x4f(
        matrix[at + 4u * QUADS], matrix[at + 5u * QUADS],
        matrix[at + 6u * QUADS], matrix[at + 7u * QUADS]);
      row0 += a * left_at(0u, k) + b * left_at(0u, k + 4u);
      if (ROWS > 1u) { row1 += a * left_at(1u, k) + b * left_at(1u, k + 4u); }
      if (ROWS > 2u) {
        row2 += a * left_at(2u, k) + b * left_at(2u, k + 4u);
        row3 += a * left_at(3u, k) + b * left_at(3u, k + 4u);
      }
    }
    sums[i] = row0;
    if (ROWS > 1u) { sums[SHARES * QUADS + i] = row1; }
    if (ROWS > 2u) {
      sums[2u * SHARES * QUADS + i] = row2;
      sums[3u * SHARES * QUADS + i] = row3;
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
