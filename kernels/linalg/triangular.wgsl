// x with op(a) . x = b for a triangular matrix, row by row from its short end.
// needs    parts/index
// bind     0 a [batches, n, n] (one half is read)   1 b [batches, n, columns]   2 x
//          3 Params
// launch   one invocation per column of b
// limits   n <= 65,535 (lavapipe ends loops after so many rounds)

struct Params {
  n: u32,
  columns: u32,
  count: u32,       // of columns, in all matrices
  lower: u32,       // whether a's lower half counts
  transposed: u32,  // op(a) = a^T
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn triangular(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.count) {
    return;
  }
  let z = index / p.columns;
  let at = z * p.n * p.columns + index % p.columns;
  let forward = p.lower != p.transposed;
  let step = select(vec2u(p.n, 1u), vec2u(1u, p.n), p.transposed != 0u);
  for (var done = 0u; done < p.n; done++) {
    let i = select(p.n - 1u - done, done, forward);
    var rest = b[at + i * p.columns];
    for (var d = 0u; d < done; d++) {
      let j = select(p.n - 1u - d, d, forward);
      rest -= a[z * p.n * p.n + i * step.x + j * step.y] * x[at + j * p.columns];
    }
    x[at + i * p.columns] = rest / a[z * p.n * p.n + i * (p.n + 1u)];
  }
}
