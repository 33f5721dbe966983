// exponential_minus_one(a) = e^a - 1; near 0, where the difference loses all digits, by
// a series.
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   none

fn exponential_minus_one(a: F) -> F {
  let small = a * (F(1.0) + a * (F(0.5) + a * (F(0.16666667) + a * (
    F(0.041666668) + a * (F(0.008333334) + a * F(0.0013888889))))));
  return select(exp(a) - F(1.0), small, abs(a) < F(0.3));
}
