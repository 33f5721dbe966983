// log_of_one_plus(a) = log(1 + a) and natural_logarithm(a) = log(a); near 0 and near 1,
// where WGSL promises no digits, by a series of 2 atanh(a / (2 + a)).
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   none

fn log_near_one(a: F) -> F {
  let s = a / (F(2.0) + a);
  let q = s * s;
  return F(2.0) * s * (F(1.0) + q * (F(0.33333334) + q * (F(0.2) + q * (
    F(0.14285715) + q * F(0.11111111)))));
}

fn log_of_one_plus(a: F) -> F {
  return select(log(F(1.0) + a), log_near_one(a), abs(a) < F(0.3));
}

fn natural_logarithm(a: F) -> F {
  return select(log(a), log_near_one(a - F(1.0)), abs(a - F(1.0)) < F(0.3));
}
