// y = max(window of x), argmax = where in the window it was (ky * kw + kx; the first of
// equals). NaN in, NaN out.
// needs    parts/index, parts/nan_element, pool/window
// bind     0 x [n, in_h, in_w, c]   1 y [n, out_h, out_w, c]   2 argmax (as y)
//          3 Params
// launch   one invocation per value of y
// limits   those of pool/window

// How floats lie in memory, read and written: the host may write f16. Sums are in f32.
alias X = f32;
alias Y = f32;
alias T = f32;  // what is compared

@group(0) @binding(0) var<storage, read> x: array<X>;
@group(0) @binding(1) var<storage, read_write> y: array<Y>;
@group(0) @binding(2) var<storage, read_write> argmax: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(FLAT)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let at = spot(index, p.out_h, p.out_w);
  let start = corner(at);
  let window = clipped(start);
  var best = T(x[input_index(at, window.first.x, window.first.y)]);
  var place = (window.first.x - start.x) * p.kw + window.first.y - start.y;
  for (var i = window.first.x; i < window.end.x; i++) {
    for (var j = window.first.y; j < window.end.y; j++) {
      let value = T(x[input_index(at, i, j)]);
      if (value > best || is_nan(value)) {
        best = value;
        place = (i - start.x) * p.kw + j - start.y;
      }
    }
  }
  y[index] = Y(best);
  argmax[index] = place;
}
