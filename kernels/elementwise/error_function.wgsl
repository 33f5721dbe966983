// error_function(a) = 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to a, by a
// polynomial (Abramowitz and Stegun 7.1.26).
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   good to 1.5e-7

fn error_function(a: F) -> F {
  let t = F(1.0) / (F(1.0) + F(0.3275911) * abs(a));
  let poly = t * (F(0.254829592) + t * (F(-0.284496736) + t * (F(1.421413741) + t * (
    F(-1.453152027) + t * F(1.061405429)))));
  return sign(a) * (F(1.0) - poly * exp(a * -a));
}
