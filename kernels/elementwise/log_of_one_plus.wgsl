// log_of_one_plus(a) = log(1 + a); near 0, where the sum loses all digits, by a series
// of 2 atanh(a / (2 + a)).
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   none

fn log_of_one_plus(a: F) -> F {
  let s = a / (F(2.0) + a);
  let q = s * s;
  let small = F(2.0) * s * (F(1.0) + q * (F(0.33333334) + q * (F(0.2) + q * (
    F(0.14285715) + q * F(0.11111111)))));
  return select(log(F(1.0) + a), small, abs(a) < F(0.3));
}
