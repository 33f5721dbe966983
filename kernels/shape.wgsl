// copy: out[out_start + i . strides] = source[source_start + i . strides] for every
// index i (transpose, slice, flip, broadcast).  pad: a border of a constant value.
// needs    parts/index
// bind     0 source   1 out   2 Params
// launch   one invocation per element of T
// limits   6 axes

// Elements move as bits, so one text serves every type: words, four of them at a time
// (vectorised loads and stores), or a single half float.

// The host writes vec4u here where rows and offsets divide by four words, f16 where
// they don't fill any.
alias T = u32;
alias B = u32;  // what the border's value comes as: f32 for f16

struct Params {
  count: u32,         // elements (of T) to write
  rank: u32,          // axes in use, at most 6
  source_start: u32,
  out_start: u32,
  fill: B,            // pad: the border's value, or its bits
  unused_0: u32,
  unused_1: u32,
  unused_2: u32,
  // copy: extent, source stride, target stride, 0.  pad: target extent, source stride,
  // source extent, border before. Strides are added modulo 2^32, so a negative one
  // works.
  axes: array<vec4u, 6>,
}

@group(0) @binding(0) var<storage, read> source: array<T>;
@group(0) @binding(1) var<storage, read_write> out: array<T>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn copy(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  var rest = i;
  var s = p.source_start;
  var t = p.out_start;
  for (var a = p.rank; a > 0u; a--) {
    let axis = p.axes[a - 1u];
    let next = rest / axis.x;
    let c = rest - next * axis.x;
    rest = next;
    s += c * axis.y;
    t += c * axis.z;
  }
  out[t] = source[s];
}

@compute @workgroup_size(FLAT)
fn pad(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  var rest = i;
  var s = 0u;
  var inside = true;
  for (var a = p.rank; a > 0u; a--) {
    let axis = p.axes[a - 1u];
    let next = rest / axis.x;
    // left of the source this wraps to a number past its end
    let c = rest - next * axis.x - axis.w;
    rest = next;
    inside = inside && c < axis.z;
    s += c * axis.y;
  }
  var value = T(p.fill);
  if (inside) {
    value = source[s];
  }
  out[i] = value;
}
