// error_function(a) = 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to a,
// complementary_error_function(a) = 1 - that, and inverse_error_function.
// needs    elementwise/logarithm
// bind     none; the alias F is the kernel's: f32 or vec4<f32>, U its bits
// launch   a part: of elementwise chains
// limits   fitted to 3e-7 of the result, in the tails, too

// 1 - error_function(s) for s from 0 on: e^(-s^2), and a polynomial of 1 / (1 + s / 2).
fn error_function_tail(s: F) -> F {
  let x = min(s, F(12.0));  // 0 from there on
  let t = F(1.0) / (F(1.0) + F(0.5) * x);
  let poly = t * (F(0.28208584) + t * (F(0.28238043) + t * (F(0.24310918) + t * (F(0.20247957)
    + t * (F(-0.025673194) + t * (F(0.2760012) + t * (F(-0.48480096) + t * (F(0.283137)
    + t * F(-0.058719061)))))))));
  let high = bitcast<F>(bitcast<U>(x) & U(0xfffff000u));  // whose square is exact
  return poly * exp(high * -high) * exp((high - x) * (high + x));
}

fn error_function(a: F) -> F {
  let z = a * a;
  let small = a * (F(1.1283792) + z * (F(-0.37612638) + z * (F(0.1128375) + z * (F(-0.026862601)
    + z * (F(0.0052096131) + z * (F(-0.00082481315) + z * F(8.8538662e-5)))))));
  return select(sign(a) * (F(1.0) - error_function_tail(abs(a))), small, abs(a) < F(0.85));
}

fn complementary_error_function(a: F) -> F {
  let tail = error_function_tail(abs(a));
  return select(select(F(2.0) - tail, tail, a > F(0.0)), F(1.0) - error_function(a),
    abs(a) < F(0.4));
}

// By polynomials of w = -log(1 - a^2), as of Giles (2010); nan beyond 1.
fn inverse_error_function(a: F, nan: F) -> F {
  let w = -natural_logarithm((F(1.0) - a) * (F(1.0) + a));
  let u = w - F(2.5);
  let middle = F(1.5014094) + u * (F(0.24664076) + u * (F(-0.0041773897) + u * (F(-0.0012537486)
    + u * (F(0.00021834692) + u * (F(-4.3836314e-6) + u * (F(-3.4633561e-6) + u * (
    F(3.4252486e-7) + u * F(2.3285844e-8))))))));
  let v = sqrt(max(w, F(0.0))) - F(3.0);
  let tail = F(2.8329771) + v * (F(1.0016761) + v * (F(0.009430965) + v * (F(-0.0076503935)
    + v * (F(0.0057932744) + v * (F(-0.0035798585) + v * (F(0.001221547) + v * (
    F(1.3149696e-5) + v * F(-9.832014e-5))))))));
  let inside = a * select(tail, middle, w < F(5.0));
  return select(select(nan, a * F(3.0e38) * F(10.0), abs(a) == F(1.0)), inside, abs(a) < F(1.0));
}
