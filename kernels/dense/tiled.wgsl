// y = A . B, tile by tile: ROWS x COLUMNS of y per workgroup, DEPTH of k per step.
// needs    parts/index, dense/frame
// bind     those of dense/frame
// launch   one workgroup per tile and split: ROWS / TALL * COLUMNS / WIDE * SHARES
//          threads
// limits   HEIGHT * (ROWS + COLUMNS + 4) floats of workgroup memory; for real GPUs
//          (barriers)

//                  COLUMNS          `tile`, in workgroup (shared) memory, has per k:
//               +-----------+
//         DEPTH |     B     |          | ROWS of A | COLUMNS of B | a spare word |
//               +-----------+
//        DEPTH                     The spare word is padding: the same word four rows
//       +-----+ +-----------+      on lies in other banks, so no bank conflicts.
//       |     | |   WIDE    |
//  ROWS |  A  | |   +--+    |      A thread adds outer products, TALL of A times WIDE
//       |     | |   |  |TALL|      of B, to its register tile: named vec4s, as an array
//       +-----+ |   +--+    |      indexed in a loop would end up in local memory.
//               +-----------+
//
// Threads load blocks of 4 x 4, one or two each, into registers while the blocks before
// are multiplied: prefetch (software pipelining). SHARES groups of threads may take
// every SHARES-th k of a step each (sliced k) and add up at the end. All sizes are
// fixed when compiled, so that loops are unrolled and what a form does not use is left
// out. They are `const`, as only the outermost size of an array may be an override, and
// an H100 runs rows that are arrays 5 % faster.

const ROWS: u32 = 64u;  // the host writes its own sizes
const COLUMNS: u32 = 64u;
const DEPTH: u32 = 32u;    // at least 8
// The register tile of a thread: rows, 4 or 8, and columns, 4, or 16 in words a quarter
// of a tile apart (with 8 rows only).
const TALL: u32 = 4u;
const WIDE: u32 = 4u;
// Groups of threads that share a step's k (sliced k); more than 1 with 4 x 4 only.
const SHARES: u32 = 1u;
// Threads side by side in a patch of 32 (a warp), 2 to 16: wide patches store longer
// rows, square ones load less.
const PATCH: u32 = 16u;
// Rows of workgroup memory: DEPTH, or more for the sums of all shares.
const HEIGHT: u32 = 32u;

// In what A and B are multiplied and summed. Where the host writes f16 it sets HALVES,
// with at most 8 x 4 per thread: then a sum goes on for ROUNDS only, totals are in f32
// (mixed precision), and those of all shares have SUMS words of their own.
alias S = f32;
override HALVES: bool = false;
const SUMS: u32 = 1u;

const ACROSS = COLUMNS / WIDE;  // threads along a tile's row
const DOWN = ROWS / TALL;
const THREADS = ACROSS * DOWN * SHARES;
const A_WORDS = ROWS / 4u;
// Of a row of `tile`, one to spare.
const WORDS = A_WORDS + COLUMNS / 4u + 1u;
const A_BLOCKS = ROWS * DEPTH / 16u;
const BLOCKS = (ROWS + COLUMNS) * DEPTH / 16u;  // at most 2 * THREADS
const OUTPUTS = ROWS * COLUMNS / 4u;        // words of y
// Rounds of k that compilers unroll: half of a step, up to 1,024 multiplications and
// additions. With all of a step's in one loop, a product of 4,096 took an H100 from 43
// to 37 TFLOP/s: code that long is read more slowly (instruction cache) than computed.
const ROUNDS = min(DEPTH / SHARES / 2u, 1024u / (TALL * WIDE));

var<workgroup> tile: array<array<vec4<S>, WORDS>, HEIGHT>;
var<workgroup> sums: array<vec4f, SUMS>;

// Where block i of `count` along m or n lies: x along these, y along k. Along stored
// rows neighbours load neighbours (coalesced); where those run along k, in pairs only
// (a whole 32-byte sector), as more would store to the same memory banks.
fn block_of(i: u32, count: u32, along_k: bool) -> vec2u {
  if (along_k) { return vec2u(i / 2u % count, i / 2u / count * 2u + i % 2u); }
  return vec2u(i % count, i / count);
}

// Loads a block from global memory into registers.
fn load_block(i: u32, t: Tile, k: u32) -> mat4x4f {
  if (i < A_BLOCKS) {
    let at = block_of(i, A_WORDS, !TA);
    return a_block(t.z, t.m + at.x * 4u, k + at.y * 4u);
  }
  let at = block_of(i - A_BLOCKS, COLUMNS / 4u, TB);
  return b_block(t.z, k + at.y * 4u, t.n + at.x * 4u);
}

// Stores it to workgroup memory.
fn stage(i: u32, block: mat4x4f) {
  var at = block_of(i, A_WORDS, !TA);
  if (i >= A_BLOCKS) { at = block_of(i - A_BLOCKS, COLUMNS / 4u, TB) + vec2u(A_WORDS, 0u); }
  let k = at.y * 4u;
  tile[k][at.x] = vec4<S>(block[0]);
  tile[k + 1u][at.x] = vec4<S>(block[1]);
  tile[k + 2u][at.x] = vec4<S>(block[2]);
  tile[k + 3u][at.x] = vec4<S>(block[3]);
}

// The sum of one share, and what the others read of it.
fn store_share(i: u32, sum: vec4f) {
  if (HALVES) { sums[i] = sum; } else { tile[i / WORDS][i % WORDS] = vec4<S>(sum); }
}

fn load_share(i: u32) -> vec4f {
  if (HALVES) { return sums[i]; }
  return vec4f(tile[i / WORDS][i % WORDS]);
}

fn four(a: vec4<S>, b: vec4<S>, c: vec4<S>, d: vec4<S>) -> mat4x4f {
  return mat4x4f(vec4f(a), vec4f(b), vec4f(c), vec4f(d));
}

// The epilogue of four rows of four columns.
fn finish_four(z: u32, m: u32, n: u32, rows: mat4x4f) {
  finish(z, m, n, rows[0]);
  finish(z, m + 1u, n, rows[1]);
  finish(z, m + 2u, n, rows[2]);
  finish(z, m + 3u, n, rows[3]);
}

@compute @workgroup_size(THREADS)
fn tiled(group: Group, @builtin(local_invocation_index) local: u32) {
  let t = tile_at(group_index(group), ROWS, COLUMNS);
  if (t.part >= p.batches * p.splits) { return; }
  // Lanes of a warp go in squares of four. Workgroup memory serves two quarters of 32
  // lanes at once where neighbours read the same word (a broadcast): lanes 0 and 1 for
  // A, 0 and 2 for B.
  let warp = local / 32u;
  let square = local % 32u / 4u;
  let patch_column = warp % (ACROSS / PATCH) * PATCH;
  let patch_row = warp / (ACROSS / PATCH) * (32u / PATCH);
  let across = patch_column + square % (PATCH / 2u) * 2u + local % 2u;
  let down = (patch_row + square / (PATCH / 2u) * 2u + local / 2u % 2u) % DOWN;
  let share = local / (ACROSS * DOWN);
  let second = local + THREADS;
  let loads = BLOCKS >= THREADS || local < BLOCKS;
  let loads_two = BLOCKS > THREADS && (BLOCKS >= 2u * THREADS || second < BLOCKS);
  var c00 = vec4<S>(); var c01 = vec4<S>();
  var c10 = vec4<S>(); var c11 = vec4<S>();
  var c20 = vec4<S>(); var c21 = vec4<S>();
  var c30 = vec4<S>(); var c31 = vec4<S>();
  var c40 = vec4<S>(); var c41 = vec4<S>();
  var c50 = vec4<S>(); var c51 = vec4<S>();
  var c60 = vec4<S>(); var c61 = vec4<S>();
  var c70 = vec4<S>(); var c71 = vec4<S>();
  var c02 = vec4<S>(); var c03 = vec4<S>();
  var c12 = vec4<S>(); var c13 = vec4<S>();
  var c22 = vec4<S>(); var c23 = vec4<S>();
  var c32 = vec4<S>(); var c33 = vec4<S>();
  var c42 = vec4<S>(); var c43 = vec4<S>();
  var c52 = vec4<S>(); var c53 = vec4<S>();
  var c62 = vec4<S>(); var c63 = vec4<S>();
  var c72 = vec4<S>(); var c73 = vec4<S>();
  var total0 = mat4x4f();  // of the first four rows, one per column of the matrix
  var total4 = mat4x4f();
  var block: mat4x4f;
  var block2: mat4x4f;
  if (loads) { block = load_block(local, t, t.k); }
  if (loads_two) { block2 = load_block(second, t, t.k); }
  let a0 = down * (TALL / 4u);
  let b0 = A_WORDS + across;
  for (var k = t.k; k < t.end; k += DEPTH) {
    if (loads) { stage(local, block); }
    if (loads_two) { stage(second, block2); }
    workgroupBarrier();
    if (k + DEPTH < t.end) {  // prefetch the next step's blocks
      if (loads) { block = load_block(local, t, k + DEPTH); }
      if (loads_two) { block2 = load_block(second, t, k + DEPTH); }
    }
    // In steps of 1, as browsers then know that rows exist, and check no bounds. The
    // inner loop is unrolled.
    for (var j = 0u; j < DEPTH / (ROUNDS * SHARES); j++) {
      for (var i = 0u; i < ROUNDS; i++) {
        let row = share + (j * ROUNDS + i) * SHARES;
        let u = tile[row][a0];
        let q = tile[row][b0];
        c00 += u.x * q; c10 += u.y * q; c20 += u.z * q; c30 += u.w * q;
        if (TALL == 8u) {
          let v = tile[row][a0 + 1u];
          c40 += v.x * q; c50 += v.y * q; c60 += v.z * q; c70 += v.w * q;
          if (WIDE == 16u) {
            let r = tile[row][b0 + COLUMNS / 16u];
            c01 += u.x * r; c11 += u.y * r; c21 += u.z * r; c31 += u.w * r;
            c41 += v.x * r; c51 += v.y * r; c61 += v.z * r; c71 += v.w * r;
            let s = tile[row][b0 + COLUMNS / 8u];
            c02 += u.x * s; c12 += u.y * s; c22 += u.z * s; c32 += u.w * s;
            c42 += v.x * s; c52 += v.y * s; c62 += v.z * s; c72 += v.w * s;
            let w = tile[row][b0 + 3u * COLUMNS / 16u];
            c03 += u.x * w; c13 += u.y * w; c23 += u.z * w; c33 += u.w * w;
            c43 += v.x * w; c53 += v.y * w; c63 += v.z * w; c73 += v.w * w;
          }
        }
      }
      if (HALVES) {
        total0 += four(c00, c10, c20, c30);
        total4 += four(c40, c50, c60, c70);
        c00 = vec4<S>(); c10 = vec4<S>(); c20 = vec4<S>(); c30 = vec4<S>();
        c40 = vec4<S>(); c50 = vec4<S>(); c60 = vec4<S>(); c70 = vec4<S>();
      }
    }
    workgroupBarrier();
  }
  if (!HALVES) {
    total0 = four(c00, c10, c20, c30);
    total4 = four(c40, c50, c60, c70);
  }
  if (SHARES > 1u) {
    let i = share * OUTPUTS + down * 4u * ACROSS + across;
    store_share(i, total0[0]);
    store_share(i + ACROSS, total0[1]);
    store_share(i + 2u * ACROSS, total0[2]);
    store_share(i + 3u * ACROSS, total0[3]);
    workgroupBarrier();
    for (var o = local; o < OUTPUTS; o += THREADS) {
      var sum = vec4f();
      for (var j = o; j < SHARES * OUTPUTS; j += OUTPUTS) { sum += load_share(j); }
      finish(t.part, t.m + o / ACROSS, t.n + o % ACROSS * 4u, sum);
    }
    return;
  }
  let m = t.m + down * TALL;
  let n = t.n + across * 4u;
  finish_four(t.part, m, n, total0);
  if (TALL == 8u) { finish_four(t.part, m + 4u, n, total4); }
  if (WIDE == 16u) {
    finish_four(t.part, m, n + COLUMNS / 4u, four(c01, c11, c21, c31));
    finish_four(t.part, m + 4u, n + COLUMNS / 4u, four(c41, c51, c61, c71));
    finish_four(t.part, m, n + COLUMNS / 2u, four(c02, c12, c22, c32));
    finish_four(t.part, m + 4u, n + COLUMNS / 2u, four(c42, c52, c62, c72));
    finish_four(t.part, m, n + 3u * COLUMNS / 4u, four(c03, c13, c23, c33));
    finish_four(t.part, m + 4u, n + 3u * COLUMNS / 4u, four(c43, c53, c63, c73));
  }
}
