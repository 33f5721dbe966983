// grad: b = join(sum of a over the outputs for which an input was the largest, other).
// gather, its transpose: b = a at the place of each window's largest.
// needs    parts/index, parts/join, pool/window
// bind     0 a (grad: dy, as argmax; gather: x)   1 argmax [n, out_h, out_w, c]
//          2 other (as b; any buffer where JOIN is 0)
//          3 b (grad: dx [n, in_h, in_w, c]; gather: as argmax)   4 Params
// launch   one invocation per value of b; a gather, so no atomics are needed
// limits   those of pool/window

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<i32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> b: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn grad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
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
  if (JOIN != 0u) { sum = joined(vec4f(sum), vec4f(other[index])).x; }
  b[index] = sum;
}

@compute @workgroup_size(FLAT)
fn gather(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = spot(index, p.out_h, p.out_w);
  let place = argmax[index];
  let source = corner(at) + vec2i(place / p.kw, place % p.kw);
  // Clamped: places come from max pooling and lie inside, but a wrong argmax must not
  // read elsewhere.
  let seen = clamp(source, vec2i(), vec2i(p.in_h, p.in_w) - 1);
  b[index] = a[input_index(at, seen.x, seen.y)];
}
