// joined(v, o) = v + o, or v where an activation that gave o lets a gradient through,
// else 0.
// needs    nothing
// bind     none
// launch   a part: of epilogues (a residual connection, or a gradient through relu or
//          relu6)
// limits   none

// Fixed when compiled: 0 none, 1 add, 2 and 3 the gradient where relu or relu6 gave o.
override JOIN: u32 = 0u;

fn joined(v: vec4f, o: vec4f) -> vec4f {
  switch (JOIN) {
    case 1u: { return v + o; }
    case 2u: { return select(vec4f(), v, o > vec4f()); }
    case 3u: { return select(vec4f(), v, (o > vec4f()) & (o < vec4f(6.0))); }
    default: { return v; }
  }
}
