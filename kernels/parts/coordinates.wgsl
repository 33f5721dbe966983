// input = (output * mul + k * step + shift) / div: the input position that an output
// sees under filter position k, of a convolution (mul = stride, step = dilation, shift
// = -padding, div = 1), or of its gradient to the input (a transposed convolution: mul
// = 1, div = stride), where only what divides evenly counts.
// needs    nothing
// bind     none; reads the kernel's p.in_h, p.in_w, and p.mul_h, p.mul_w, p.step_h ...
//          p.div_w, the eight numbers that `coordinates` of ops/support/window.py gives
// launch   a part: of convolutions and their gradients
// limits   none

override GRADIENT: bool = false;

// May lie outside of the picture. The filter's share stands in brackets: it is the same
// for all outputs of a filter position, so compilers take it out of the loop over them.
fn input_row(row: u32, k: u32) -> i32 {
  let t = i32(row) * p.mul_h + (i32(k) * p.step_h + p.shift_h);
  if (GRADIENT) { return select(-1, t / p.div_h, t >= 0 && t % p.div_h == 0); }
  return t;
}

fn input_column(column: u32, k: u32) -> i32 {
  let t = i32(column) * p.mul_w + (i32(k) * p.step_w + p.shift_w);
  if (GRADIENT) { return select(-1, t / p.div_w, t >= 0 && t % p.div_w == 0); }
  return t;
}

fn inside(row: i32, column: i32) -> bool {
  return row >= 0 && row < i32(p.in_h) && column >= 0 && column < i32(p.in_w);
}

// The same, or -1 outside of the picture.
fn source_row(row: u32, k: u32) -> i32 {
  let t = input_row(row, k);
  return select(-1, t, t >= 0 && t < i32(p.in_h));
}

fn source_column(column: u32, k: u32) -> i32 {
  let t = input_column(column, k);
  return select(-1, t, t >= 0 && t < i32(p.in_w));
}
