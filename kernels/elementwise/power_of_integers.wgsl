// power_of_integers(a, b) = a^b modulo 2^32, by squaring; of int32 as its bits, with b
// from 0 on.
// needs    nothing
// bind     none; the alias U is the kernel's: u32 or vec4<u32>
// launch   a part: of elementwise chains
// limits   none: 32 squarings, whatever b is

fn power_of_integers(a: U, b: U) -> U {
  var product = U(1u);
  var square = a;
  var rest = b;
  for (var bit = 0u; bit < 32u; bit++) {
    product *= select(U(1u), square, (rest & U(1u)) == U(1u));
    square *= square;
    rest = rest >> U(1u);
  }
  return product;
}
