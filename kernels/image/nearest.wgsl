// nearest: out = source read at min((a t + b) / c, n - 1), in whole numbers, along both
// axes.  adjoint: its transpose, along one axis.
// needs    parts/index
// bind     0 source   1 out   2 Params
// launch   one invocation per element of out
// limits   a t + b below 2^31; adjoint: a loop over the places that read a source place

// nearest: source [n, rows, columns, channels] -> out [n, out_rows, out_columns,
// channels]. adjoint: source [outer, n, inner] -> out [outer, m, inner], gathered.

alias T = f32;  // whatever is moved

struct Params {
  count: u32,  // elements of out
  rows: u32,        // adjoint: n
  columns: u32,     // adjoint: m
  channels: u32,    // adjoint: inner
  out_rows: u32,
  out_columns: u32,
  row_a: u32,       // adjoint: the axis's a, b and c
  row_b: u32,
  row_c: u32,
  column_a: u32,
  column_b: u32,
  column_c: u32,
}

@group(0) @binding(0) var<storage, read> source: array<T>;
@group(0) @binding(1) var<storage, read_write> out: array<T>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn nearest(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let pixel = i / p.channels;
  let row = p.row_a * (pixel / p.out_columns % p.out_rows) + p.row_b;
  let column = p.column_a * (pixel % p.out_columns) + p.column_b;
  let picture = pixel / p.out_columns / p.out_rows;
  let y = picture * p.rows + min(row / p.row_c, p.rows - 1u);
  let x = y * p.columns + min(column / p.column_c, p.columns - 1u);
  out[i] = source[x * p.channels + i % p.channels];
}

@compute @workgroup_size(FLAT)
fn adjoint(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let column = i % p.channels;
  let y = i32(i / p.channels % p.columns);
  let outer = i / p.channels / p.columns;
  let a = i32(p.row_a);
  let b = i32(p.row_b);
  let c = i32(p.row_c);
  var first = 0;
  var last = i32(p.rows) - 1;
  if (y > 0) {
    first = max(c * y - b + a - 1, 0) / a;
  }
  if (y + 1 < i32(p.columns)) {
    let room = c * (y + 1) - b - 1;
    last = select(min(room / a, last), -1, room < 0);
  }
  var sum = T();
  for (var t = first; t <= last; t++) {
    sum += source[(outer * p.rows + u32(t)) * p.channels + column];
  }
  out[i] = sum;
}
