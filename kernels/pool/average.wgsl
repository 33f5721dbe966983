// main: b = mean of the part of a's window that lies inside the picture (padding does
// not count).  grad: b = sum over the windows that hold an input of a / that part's
// size.
// needs    parts/index, pool/window
// bind     0 a (main: x [n, in_h, in_w, c]; grad: dy, as y)
//          1 b (main: y [n, out_h, out_w, c]; grad: dx, as x)   2 Params
// launch   one invocation per value of b
// limits   those of pool/window

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;

@group(0) @binding(0) var<storage, read> a: array<X>;
@group(0) @binding(1) var<storage, read_write> b: array<Y>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = spot(index, p.out_h, p.out_w);
  let window = clipped(corner(at));
  var sum = 0.0;
  for (var i = window.first.x; i < window.end.x; i++) {
    for (var j = window.first.y; j < window.end.y; j++) {
      sum += f32(a[input_index(at, i, j)]);
    }
  }
  let sides = window.end - window.first;
  b[index] = Y(sum / f32(sides.x * sides.y));
}

@compute @workgroup_size(FLAT)
fn grad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = spot(index, p.in_h, p.in_w);
  let outputs = holders(at);
  var sum = 0.0;
  for (var i = outputs.first.x; i < outputs.end.x; i++) {
    for (var j = outputs.first.y; j < outputs.end.y; j++) {
      let window = clipped(corner(Spot(at.picture, i, j, at.c)));
      let sides = window.end - window.first;
      sum += f32(a[output_index(at, i, j)]) / f32(sides.x * sides.y);
    }
  }
  b[index] = Y(sum);
}
