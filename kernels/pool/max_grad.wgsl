// The two linear maps that belong to the places (argmax) max pooling found.
//
// Goes after pool/window.wgsl. Bindings: 0 a, 1 argmax [n, out_h, out_w, c], 2 other (as b;
// any buffer where JOIN is 0), 3 b, 4 Params. Entry points: grad: a is dy (as argmax),
// b is dx [n, in_h, in_w, c]: every input adds up the outputs it was the largest for.
// gather: a is x [n, in_h, in_w, c], b (as argmax) takes from every window the value at
// its place.
// needs    pool/window

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<i32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> b: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

// what grad does to its sums: 0 nothing, 1 add `other`, 2 and 3 a gradient where relu
// or relu6 gave `other`
override JOIN: u32 = 0u;

fn joined(v: f32, i: u32) -> f32 {
  if (JOIN == 0u) { return v; }
  let o = other[i];
  if (JOIN == 1u) { return v + o; }
  return select(0.0, v, o > 0.0 && (JOIN == 2u || o < 6.0));
}

@compute @workgroup_size(64)
fn grad(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= p.threads) { return; }
  let at = spot(index, p.in_h, p.in_w);
  let outputs = holders(at);
  var sum = 0.0;
  for (var i = outputs.first.x; i < outputs.end.x; i++) {
    for (var j = outputs.first.y; j < outputs.end.y; j++) {
      let output = output_index(at, i, j);
      let place = (at.row + p.top - i * p.stride_h) * p.kw + at.column + p.left - j * p.stride_w;
      sum += select(0.0, a[output], argmax[output] == place);
    }
  }
  b[index] = joined(sum, index);
}

@compute @workgroup_size(64)
fn gather(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= p.threads) { return; }
  let at = spot(index, p.out_h, p.out_w);
  let place = argmax[index];
  let source = corner(at) + vec2i(place / p.kw, place % p.kw);
  // Clamped: places come from max pooling and lie inside, but a wrong argmax must not
  // read elsewhere.
  let seen = clamp(source, vec2i(), vec2i(p.in_h, p.in_w) - 1);
  b[index] = a[input_index(at, seen.x, seen.y)];
}
