// crop: out[box, t, s] = the picture at place (t, s) of a box, between pixels or
// at the nearest, or the slope of that along an axis.  adjoint: its transpose.
// needs    parts/index
// bind     0 source   1 boxes   2 numbers   3 out   4 Params
// launch   one invocation per element of out
// limits   adjoint: a loop over all boxes, and the places of each that read a pixel

// crop: source [pictures, rows, columns, channels] -> out [count, out_rows,
// out_columns, channels]. adjoint: the other way round. boxes [count, 4] are shares of
// a picture: top, left, bottom, right; numbers [count] say of which.

struct Params {
  count: u32,  // elements of out
  rows: u32,
  columns: u32,
  channels: u32,
  out_rows: u32,
  out_columns: u32,
  pictures: u32,
  boxes: u32,
  row_slope: u32,     // 1: the slope along the rows' axis
  column_slope: u32,
  nearest: u32,
  outside: f32,       // what is beyond a picture
}

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read> boxes: array<f32>;
@group(0) @binding(2) var<storage, read> numbers: array<i32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

const ROUNDING = 1e-4;  // of a pixel: what float32 may put beyond an edge

// Where place t of m lies among n pixels; -1 beyond them.
fn place(start: f32, end: f32, t: u32, m: u32, n: u32) -> f32 {
  var share = 0.5 * (start + end);
  if (m > 1u) {
    share = (start * f32(m - 1u - t) + end * f32(t)) / f32(m - 1u);
  }
  let at = share * f32(n - 1u);
  let last = f32(n - 1u);
  return select(-1.0, clamp(at, 0.0, last), at >= -ROUNDING && at <= last + ROUNDING);
}

fn first_of(at: f32, n: u32) -> u32 {
  return select(min(u32(at), max(n, 2u) - 2u), u32(floor(at + 0.5)), p.nearest == 1u);
}

// The weights of pixel first_of(at) and of the next.
fn weights(at: f32, n: u32, slope: u32) -> vec2f {
  if (p.nearest == 1u) {
    return vec2f(1.0, 0.0);
  }
  if (slope == 1u) {
    return select(vec2f(-1.0, 1.0), vec2f(0.0), n == 1u);
  }
  let share = at - f32(first_of(at, n));
  return vec2f(1.0 - share, share);
}

// A value of weight 0 does not count, even if it is NaN or infinite.
fn weighted(weight: f32, i: u32) -> f32 {
  return select(weight * source[i], 0.0, weight == 0.0);
}

@compute @workgroup_size(FLAT)
fn crop(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let channel = i % p.channels;
  let pixel = i / p.channels;
  let s = pixel % p.out_columns;
  let t = pixel / p.out_columns % p.out_rows;
  let box = pixel / p.out_columns / p.out_rows;
  let picture = numbers[box];
  if (picture < 0 || picture >= i32(p.pictures)) {
    out[i] = 0.0;
    return;
  }
  let y = place(boxes[4u * box], boxes[4u * box + 2u], t, p.out_rows, p.rows);
  let x = place(boxes[4u * box + 1u], boxes[4u * box + 3u], s, p.out_columns, p.columns);
  if (y < 0.0 || x < 0.0) {
    out[i] = p.outside;
    return;
  }
  let down = weights(y, p.rows, p.row_slope);
  let along = weights(x, p.columns, p.column_slope);
  let top = first_of(y, p.rows);
  let left = first_of(x, p.columns);
  let right = min(left + 1u, p.columns - 1u);
  let above = (u32(picture) * p.rows + top) * p.columns;
  let below = (u32(picture) * p.rows + min(top + 1u, p.rows - 1u)) * p.columns;
  var sum = weighted(down.x * along.x, (above + left) * p.channels + channel);
  sum += weighted(down.x * along.y, (above + right) * p.channels + channel);
  sum += weighted(down.y * along.x, (below + left) * p.channels + channel);
  sum += weighted(down.y * along.y, (below + right) * p.channels + channel);
  out[i] = sum;
}

fn weight_of(y: u32, at: f32, n: u32, slope: u32) -> f32 {
  let first = first_of(at, n);
  let both = weights(at, n, slope);
  return select(select(0.0, both.y, y == first + 1u), both.x, y == first);
}

// The places among which are all that read pixel y.
fn readers(start: f32, end: f32, m: u32, n: u32, y: u32) -> vec2u {
  let step = (end - start) * f32(n - 1u) / f32(max(m, 2u) - 1u);
  if (m == 1u || abs(step) < 1e-6) {
    return vec2u(0u, m);
  }
  let one = (f32(y) - 1.0 - start * f32(n - 1u)) / step;
  let other = (f32(y) + 1.0 - start * f32(n - 1u)) / step;
  let first = clamp(min(one, other) - 1.0, 0.0, f32(m));
  return vec2u(u32(first), u32(clamp(max(one, other) + 2.0, 0.0, f32(m))));
}

@compute @workgroup_size(FLAT)
fn adjoint(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let channel = i % p.channels;
  let pixel = i / p.channels;
  let x = pixel % p.columns;
  let y = pixel / p.columns % p.rows;
  let picture = i32(pixel / p.columns / p.rows);
  var sum = 0.0;
  for (var box = 0u; box < p.boxes; box++) {
    if (numbers[box] != picture) {
      continue;
    }
    let top = boxes[4u * box];
    let left = boxes[4u * box + 1u];
    let bottom = boxes[4u * box + 2u];
    let right = boxes[4u * box + 3u];
    let ts = readers(top, bottom, p.out_rows, p.rows, y);
    let ss = readers(left, right, p.out_columns, p.columns, x);
    for (var t = ts.x; t < ts.y; t++) {
      let v = place(top, bottom, t, p.out_rows, p.rows);
      if (v < 0.0) {
        continue;
      }
      let down = weight_of(y, v, p.rows, p.row_slope);
      for (var s = ss.x; s < ss.y; s++) {
        let u = place(left, right, s, p.out_columns, p.columns);
        if (u < 0.0) {
          continue;
        }
        let weight = down * weight_of(x, u, p.columns, p.column_slope);
        let j = (box * p.out_rows + t) * p.out_columns + s;
        sum += weighted(weight, j * p.channels + channel);
      }
    }
  }
  out[i] = sum;
}
