// power(a, b, nan) = a^b: with its sign where a < 0 and b is whole, nan where it is
// not, and 1 where b is 0.
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>
// launch   a part: of elementwise chains
// limits   none: WGSL's pow knows no a < 0, and some make 0 of 0 to the power -1

fn power(a: F, b: F, nan: F) -> F {
  let size = select(pow(abs(a), b), F(1.0), abs(a) == F(1.0));
  let whole = (b == floor(b)) | (a * F(0.5) == a);  // or a is infinite, and no sign is lost
  let odd = abs(b - F(2.0) * floor(b * F(0.5))) == F(1.0);
  let negative = select(select(nan, size, whole), -size, odd);
  let signed = select(size, negative, a < F(0.0));
  let endless = select(F(1.0) / abs(a), F(1.0) / a, odd);
  let defined = select(signed, endless, (a == F(0.0)) & (b < F(0.0)));
  return select(defined, F(1.0), b == F(0.0));
}
