// activated(v) = v, max(v, 0), min(max(v, 0), 6), 1 / (1 + exp(-v)) or tanh(v).
// needs    nothing
// bind     none
// launch   a part: of epilogues, which treat a result in registers before it is stored
// limits   tanh's argument is cut to -15 ... 15, beyond which some drivers overflow

// NaN in, NaN out: max, min and clamp may give the other operand, `select` keeps it.
// kind: 0 none, 1 relu, 2 relu6, 3 sigmoid, 4 tanh
fn activated(v: vec4f, kind: u32) -> vec4f {
  switch (kind) {
    case 1u: { return select(v, vec4f(), v < vec4f()); }
    case 2u: { return select(select(v, vec4f(6.0), v > vec4f(6.0)), vec4f(), v < vec4f()); }
    case 3u: {
      let e = exp(-abs(v));  // at most 1: no overflow on either side
      return select(e, vec4f(1.0), v >= vec4f()) / (1.0 + e);
    }
    case 4u: {
      let low = select(v, vec4f(-15.0), v < vec4f(-15.0));
      return tanh(select(low, vec4f(15.0), low > vec4f(15.0)));
    }
    default: { return v; }
  }
}
