// w = a . v with v orthogonal and the columns of w orthogonal to each other, longest
// first: a's singular values are their lengths. One-sided Jacobi (Hestenes 1958).
// needs    parts/index
// bind     0 a [batches, m, n], m >= n   1 w [batches, m, n]   2 v [batches, n, n]
//          3 work [batches, m + n, n]   4 Params
// launch   one workgroup of 64 per matrix: made for small ones
// limits   m and n <= 65,535 (lavapipe ends loops after so many rounds)

// Columns meet in pairs as in a round-robin tournament: each round has pairs of columns
// that nobody else touches. The work is w above v, rotated together.

const SWEEPS = 30u;

struct Params {
  m: u32,
  n: u32,
  batches: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> work: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> turned: atomic<u32>;
var<workgroup> again: u32;

// Which column stands at `seat` in `round`, of `seats` (even); the first never moves.
fn column_at(seat: u32, round: u32, seats: u32) -> u32 {
  if (seat == 0u) {
    return 0u;
  }
  return 1u + (seat - 1u + round) % (seats - 1u);
}

fn squares_of(at: u32, c: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < p.m; i++) {
    let x = work[at + i * p.n + c];
    sum += x * x;
  }
  return sum;
}

// Turns columns c and d so that they become orthogonal; whether they were not.
fn turn(at: u32, c: u32, d: u32) -> bool {
  let one = squares_of(at, c);
  let two = squares_of(at, d);
  var both = 0.0;
  for (var i = 0u; i < p.m; i++) {
    both += work[at + i * p.n + c] * work[at + i * p.n + d];
  }
  if (!(abs(both) > 1e-7 * sqrt(one) * sqrt(two))) {
    return false;
  }
  let zeta = (two - one) / (2.0 * both);
  let t = select(-1.0, 1.0, zeta >= 0.0) / (abs(zeta) + sqrt(1.0 + zeta * zeta));
  let cosine = 1.0 / sqrt(1.0 + t * t);
  let sine = cosine * t;
  for (var i = 0u; i < p.m + p.n; i++) {
    let x = work[at + i * p.n + c];
    let y = work[at + i * p.n + d];
    work[at + i * p.n + c] = cosine * x - sine * y;
    work[at + i * p.n + d] = sine * x + cosine * y;
  }
  return true;
}

@compute @workgroup_size(64)
fn jacobi(group: Group, @builtin(local_invocation_index) local: u32) {
  let z = group_index(group);
  if (z >= p.batches) {
    return;
  }
  let n = p.n;
  let at = z * (p.m + n) * n;
  for (var i = local; i < (p.m + n) * n; i += 64u) {
    let row = i / n;
    var value = select(0.0, 1.0, row - p.m == i % n);
    if (row < p.m) {
      value = a[z * p.m * n + i];
    }
    work[at + i] = value;
  }
  storageBarrier();
  let seats = n + n % 2u;
  for (var sweep = 0u; sweep < SWEEPS; sweep++) {
    for (var round = 0u; round + 1u < seats; round++) {
      for (var pair = local; pair < seats / 2u; pair += 64u) {
        let c = column_at(pair, round, seats);
        let d = column_at(seats - 1u - pair, round, seats);
        if (max(c, d) < n && turn(at, min(c, d), max(c, d))) {
          atomicStore(&turned, 1u);
        }
      }
      storageBarrier();
    }
    workgroupBarrier();
    if (local == 0u) {
      again = atomicExchange(&turned, 0u);
    }
    if (workgroupUniformLoad(&again) == 0u) {
      break;
    }
  }
  // in order of their lengths, the largest entry of each column of v above 0
  for (var c = local; c < n; c += 64u) {
    let mine = squares_of(at, c);
    var place = 0u;
    for (var d = 0u; d < n; d++) {
      let other = squares_of(at, d);
      place += select(0u, 1u, other > mine || (other == mine && d < c));
    }
    var largest = 0.0;
    for (var i = 0u; i < n; i++) {
      let x = work[at + (p.m + i) * n + c];
      largest = select(largest, x, abs(x) > abs(largest));
    }
    let sign = select(1.0, -1.0, largest < 0.0);
    for (var i = 0u; i < p.m; i++) {
      w[(z * p.m + i) * n + place] = sign * work[at + i * n + c];
    }
    for (var i = 0u; i < n; i++) {
      v[(z * n + i) * n + place] = sign * work[at + (p.m + i) * n + c];
    }
  }
}
