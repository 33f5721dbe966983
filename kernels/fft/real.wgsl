// to_real: y[k] = the transform of real x [2 m] at k <= m, of z[k] and z[m - k], those
// of its pairs as complex numbers: (z[k] + z*[m-k] - i w^k (z[k] - z*[m-k])) / 2, where
// w is exp(-pi i / m). from_real: z[k] of y[k] and y[m - k].
// needs    fft/roots
// bind     none
// launch   a part: of the kernels of this folder
// limits   m < 2^28

fn to_real(one: vec2f, other: vec2f, k: u32, m: u32) -> vec2f {
  let two = vec2f(other.x, -other.y);
  let odd = times(one - two, root_at(k, 2u * m));
  return 0.5 * (one + two + vec2f(odd.y, -odd.x));
}

// The first and last number of y are taken for real, as they are in such a transform.
fn from_real(first: vec2f, other: vec2f, k: u32, m: u32) -> vec2f {
  let one = select(first, vec2f(first.x, 0.0), k == 0u);
  let two = vec2f(other.x, select(-other.y, 0.0, k == 0u));
  let w = root_at(k, 2u * m);
  let odd = times(one - two, vec2f(w.x, -w.y));
  return 0.5 * (one + two + vec2f(-odd.y, odd.x));
}
