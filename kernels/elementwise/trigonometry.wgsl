// sine(a) = sin(a), in radians, cosine and tangent: by polynomials of what is left of a
// between -pi/4 and pi/4. WGSL promises 11 bits of its own.
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   angles up to 1e6: beyond, digits are lost bit by bit

// The angle is a multiple of pi/2, by its number modulo 4, and the rest.
struct Angle { quarter: F, rest: F }

// pi/2 in three parts, and the number of multiples in two: products of these are exact.
fn reduced_angle(a: F) -> Angle {
  let n = round(a * F(0.63661977));
  let high = trunc(n * F(0.0009765625)) * F(1024.0);
  let low = n - high;
  var rest = fma(low, F(-1.5703125), fma(high, F(-1.5703125), a));
  rest = fma(low, F(-0.00048375129699707031), fma(high, F(-0.00048375129699707031), rest));
  rest = fma(n, F(-7.5497901264e-8), rest);
  return Angle(n - F(4.0) * floor(n * F(0.25)), select(rest, F(0.0), abs(rest) > F(1.0)));
}

fn sine_of_rest(r: F) -> F {
  let z = r * r;
  return r + r * z * (F(-0.16666667) + z * (F(0.0083333333) + z * (F(-0.00019841270)
    + z * F(2.7557319e-6))));
}

fn cosine_of_rest(r: F) -> F {
  let z = r * r;
  return F(1.0) + z * (F(-0.5) + z * (F(0.041666667) + z * (F(-0.0013888889)
    + z * (F(2.4801587e-5) + z * F(-2.7557319e-7)))));
}

fn sine(a: F) -> F {
  let angle = reduced_angle(a);
  let odd = (angle.quarter == F(1.0)) | (angle.quarter == F(3.0));
  let size = select(sine_of_rest(angle.rest), cosine_of_rest(angle.rest), odd);
  return select(size, -size, angle.quarter >= F(2.0));
}

fn cosine(a: F) -> F {
  let angle = reduced_angle(a);
  let odd = (angle.quarter == F(1.0)) | (angle.quarter == F(3.0));
  let size = select(cosine_of_rest(angle.rest), sine_of_rest(angle.rest), odd);
  return select(size, -size, (angle.quarter == F(1.0)) | (angle.quarter == F(2.0)));
}

fn tangent(a: F) -> F {
  let angle = reduced_angle(a);
  let odd = (angle.quarter == F(1.0)) | (angle.quarter == F(3.0));
  let s = sine_of_rest(angle.rest);
  let c = cosine_of_rest(angle.rest);
  return select(s, -c, odd) / select(c, s, odd);
}
