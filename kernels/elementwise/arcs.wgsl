// arc_sine(a) = the angle whose sine is a; so arc_cosine and arc_tangent, and
// arc_tangent_of_two(a, b) that of the point (b, a).
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>, U its bits
// launch   a part: of elementwise chains
// limits   arc_sine and arc_cosine are nan beyond 1

fn arc_tangent_near_zero(a: F) -> F {  // up to tan(pi / 8)
  let z = a * a;
  return a + a * z * (F(-0.33333331) + z * (F(0.1999955) + z * (F(-0.14264232)
    + z * (F(0.10746294) + z * F(-0.064593628)))));
}

fn arc_tangent(a: F) -> F {
  let s = abs(a);
  let beyond_one = s > F(2.4142135);
  let around_one = (s > F(0.41421357)) & !beyond_one;
  let x = select(select(s, (s - F(1.0)) / (s + F(1.0)), around_one), F(-1.0) / s, beyond_one);
  let start = select(select(F(0.0), F(0.78539816), around_one), F(1.5707963), beyond_one);
  return with_sign_of(a, start + arc_tangent_near_zero(x));
}

fn with_sign_of(a: F, size: F) -> F {
  return bitcast<F>(bitcast<U>(size) | (bitcast<U>(a) & U(0x80000000u)));
}

fn arc_tangent_of_two(a: F, b: F) -> F {
  let large = max(abs(a), abs(b));
  // a divisor beyond 2^126 or below 2^-126 is none to some devices
  let scale = select(select(F(1.0), F(1.0e20), large < F(1.0e-15)), F(1.0e-20), large > F(1.0e15));
  let ratio = min(abs(a), abs(b)) * scale / (large * scale);
  let known = select(select(ratio, F(1.0), abs(a) == abs(b)), F(0.0), large == F(0.0));
  let flat = arc_tangent(known);
  let steep = select(flat, F(1.5707963) - flat, abs(a) > abs(b));
  let backwards = (bitcast<U>(b) & U(0x80000000u)) != U(0u);
  return with_sign_of(a, select(steep, F(3.1415927) - steep, backwards));
}

fn arc_sine_near_zero(a: F) -> F {  // up to 1/2
  let z = a * a;
  return a + a * z * (F(0.16666673) + z * (F(0.07498809) + z * (F(0.045010708)
    + z * (F(0.026494233) + z * F(0.038206529)))));
}

fn arc_sine(a: F, nan: F) -> F {
  let s = abs(a);
  let outer = F(1.5707963) - F(2.0) * arc_sine_near_zero(sqrt(max(F(0.5) - F(0.5) * s, F(0.0))));
  let size = select(outer, arc_sine_near_zero(s), s < F(0.5));
  return select(with_sign_of(a, size), nan, s > F(1.0));
}

fn arc_cosine(a: F, nan: F) -> F {
  let s = abs(a);
  let outer = F(2.0) * arc_sine_near_zero(sqrt(max(F(0.5) - F(0.5) * s, F(0.0))));
  let size = select(outer, F(3.1415927) - outer, a < F(0.0));
  let inner = F(1.5707963) - arc_sine_near_zero(a);
  return select(select(size, inner, s < F(0.5)), nan, s > F(1.0));
}
