// hyperbolic_sine(a) = (e^a - e^-a) / 2, the cosine and the tangent that belong to it,
// and their inverses, the areas.
// needs    elementwise/exponential_minus_one, elementwise/logarithm
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   none

fn hyperbolic_sine(a: F) -> F {
  let s = abs(a);
  let e = exponential_minus_one(min(s, F(80.0)));
  let root = exp(s * F(0.5));  // e^s would be infinite before its half is
  let size = select(F(0.5) * (e + e / (e + F(1.0))), F(0.5) * root * root, s > F(80.0));
  return select(size, -size, a < F(0.0));
}

fn hyperbolic_cosine(a: F) -> F {
  let root = exp(abs(a) * F(0.5));
  return F(0.5) * root * root + F(0.5) / root / root;
}

fn hyperbolic_tangent(a: F) -> F {
  let e = exponential_minus_one(F(2.0) * clamp(a, F(-15.0), F(15.0)));
  return e / (e + F(2.0));
}

fn area_of_sine(a: F) -> F {
  let s = abs(a);
  let x = min(s, F(1.0e4));
  let z = x * x;
  let near = log_of_one_plus(x + z / (F(1.0) + sqrt(z + F(1.0))));
  let size = select(near, log(s) + F(0.69314718), s > F(1.0e4));
  return select(size, -size, a < F(0.0));
}

fn area_of_cosine(a: F, nan: F) -> F {
  let t = min(a, F(1.0e4)) - F(1.0);
  let near = log_of_one_plus(t + sqrt(max(t * (t + F(2.0)), F(0.0))));
  return select(select(near, log(a) + F(0.69314718), a > F(1.0e4)), nan, a < F(1.0));
}

fn area_of_tangent(a: F, nan: F) -> F {
  let s = abs(a);
  let size = F(0.5) * log_of_one_plus(F(2.0) * s / (F(1.0) - s));
  return select(select(size, -size, a < F(0.0)), nan, s > F(1.0));
}
