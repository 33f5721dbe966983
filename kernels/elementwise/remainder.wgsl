// remainder(a, b) = a - b floor(a / b), with the sign of b, exactly, and
// whole_quotient(a, b) = floor(a / b).
// needs    nothing
// bind     none; the alias F is the kernel's: f32 or vec4<f32>, U its bits
// launch   a part: of elementwise chains
// limits   nan where b is 0 or a is infinite

// a b with all digits taken off c: the products of halves of the digits are exact.
fn less_product(c: F, a: F, b: F) -> F {
  let a_high = bitcast<F>(bitcast<U>(a) & U(0xfffff000u));
  let b_high = bitcast<F>(bitcast<U>(b) & U(0xfffff000u));
  let a_low = a - a_high;
  let b_low = b - b_high;
  return c - a_high * b_high - a_high * b_low - a_low * b_high - a_low * b_low;
}

// a modulo b, of sizes, as by long division: 22 bits of the quotient at a time.
fn rest_of_sizes(a: F, b: F) -> F {
  var rest = a;
  for (var turn = 0u; turn < 14u; turn++) {
    let going_on = rest >= b;
    if (!any(going_on)) {
      break;
    }
    let apart = (bitcast<U>(rest) >> U(23u)) - (bitcast<U>(b) >> U(23u));
    let shift = select(apart - U(22u), U(0u), apart < U(23u));
    let half = shift >> U(1u);
    let divisor = b * power_of_two(half) * power_of_two(shift - half);
    let less = less_product(rest, floor(rest / divisor), divisor);
    let proper = select(less, less + divisor, less < F(0.0));
    rest = select(rest, proper, going_on);
  }
  return rest;
}

fn power_of_two(n: U) -> F {
  return bitcast<F>((n + U(127u)) << U(23u));
}

// What is left of a, with the sign of a.
fn signed_rest(a: F, b: F) -> F {
  let rest = rest_of_sizes(abs(a), max(abs(b), F(1.17549435e-38)));
  return select(rest, -rest, a < F(0.0));
}

fn remainder(a: F, b: F, nan: F) -> F {
  let rest = signed_rest(a, b);
  let turned = ((rest < F(0.0)) & (b > F(0.0))) | ((rest > F(0.0)) & (b < F(0.0)));
  return select(select(rest, rest + b, turned), nan, abs(b) < F(1.17549435e-38));
}

fn whole_quotient(a: F, b: F) -> F {
  let rest = signed_rest(a, b);
  let turned = ((rest < F(0.0)) & (b > F(0.0))) | ((rest > F(0.0)) & (b < F(0.0)));
  let whole = round((a - rest) / b) - select(F(0.0), F(1.0), turned);
  return select(whole, a / b, abs(b) < F(1.17549435e-38));
}
