// gather: out[o, i, :] = x[o, indices[i], :].  window: out[i, :] = x[start + i, :].
// place, the adjoint of window: out[r, :] = x[r - start, :] inside the window, 0
// elsewhere.
// needs    parts/index
// bind     0 x [outer, rows, inner]   1 indices (window, place: the start)
//          2 out [outer, picks, inner]   3 Params
// launch   one invocation per element of out; elements move as bits
// limits   row numbers are clamped to the rows that exist

alias T = u32;  // the host writes vec4u here where inner divides by four

struct Params {
  count: u32,  // elements (of T) of out
  rows: u32,
  picks: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> x: array<T>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<T>;
@group(0) @binding(3) var<uniform> p: Params;

fn clamped(row: i32, last: u32) -> u32 {
  return u32(clamp(row, 0, i32(last)));
}

@compute @workgroup_size(FLAT)
fn gather(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let line = i / p.inner;
  let row = clamped(indices[line % p.picks], p.rows - 1u);
  out[i] = x[(line / p.picks * p.rows + row) * p.inner + i % p.inner];
}

@compute @workgroup_size(FLAT)
fn window(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  out[i] = x[clamped(indices[0], p.rows - p.picks) * p.inner + i];
}

@compute @workgroup_size(FLAT)
fn place(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let row = i / p.inner - clamped(indices[0], p.picks - p.rows);  // above the window this wraps
  var value = T(0u);
  if (row < p.rows) {
    value = x[row * p.inner + i % p.inner];
  }
  out[i] = value;
}
