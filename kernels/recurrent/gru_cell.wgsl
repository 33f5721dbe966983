// h' = z h + (1 - z) tanh(x + r product), with z, r = sigmoid(x + product), and the
// slopes.
// needs    parts/activation
// bind     none
// launch   a part: of the kernels of a GRU's steps and sequences
// limits   none

// z, r and the candidate, of x and the product of h (z, r, candidate each).
fn opened(x: vec3f, product: vec3f) -> vec3f {
  let open = activated(vec4f(x.xy + product.xy, 0.0, 0.0), 3u);
  return vec3f(open.xy, activated(vec4f(x.z + open.y * product.z), 4u).x);
}

// h after a step.
fn stepped(x: vec3f, product: vec3f, h: f32) -> f32 {
  let gates = opened(x, product);
  return gates.x * h + (1.0 - gates.x) * gates.z;
}

struct Slopes {
  x: vec3f,
  product: vec3f,
  h: f32,
}

// The gradients to x, to the product and to h beside it, of that to h after a step.
fn slopes_of(x: vec3f, product: vec3f, h: f32, to_h: f32) -> Slopes {
  let gates = opened(x, product);
  let candidate = to_h * (1.0 - gates.x) * (1.0 - gates.z * gates.z);
  let z = to_h * (h - gates.z) * gates.x * (1.0 - gates.x);
  let r = candidate * product.z * gates.y * (1.0 - gates.y);
  return Slopes(vec3f(z, r, candidate), vec3f(z, r, candidate * gates.y), to_h * gates.x);
}
