// root_at(a, b) = exp(-2 pi i a / b), for a < b; times(x, y) = the complex product x y.
// needs    nothing
// bind     none
// launch   a part: of the kernels of this folder
// limits   b < 2^29

// WGSL asks of sin and cos no more than 11 bits; these keep all of f32: polynomials of
// Moshier's Cephes library, within an eighth of a turn.

fn times(x: vec2f, y: vec2f) -> vec2f {
  return vec2f(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);
}

// exp(-2 pi i (quarters / 4 + rest)), |rest| <= 1 / 8.
fn turned(quarters: u32, rest: f32) -> vec2f {
  let angle = rest * 6.283185307;
  let z = angle * angle;
  let s = ((-1.9515296e-4 * z + 8.3321609e-3) * z - 1.6666655e-1) * z * angle + angle;
  let c = ((2.4433157e-5 * z - 1.3887316e-3) * z + 4.1666646e-2) * z * z - 0.5 * z + 1.0;
  let near = select(vec2f(c, -s), vec2f(-s, -c), (quarters & 1u) != 0u);
  return select(near, -near, (quarters & 2u) != 0u);
}

fn root_at(a: u32, b: u32) -> vec2f {
  let quarters = (8u * a + b) / (2u * b);
  return turned(quarters, f32(i32(4u * a) - i32(quarters * b)) / (4.0 * f32(b)));
}

// The same of a fraction of a turn in [0, 1), where that is exact: a / 2^k.
fn root_of(fraction: f32) -> vec2f {
  let quarters = floor(4.0 * fraction + 0.5);
  return turned(u32(quarters), fraction - 0.25 * quarters);
}
