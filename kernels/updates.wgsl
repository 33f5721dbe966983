// param -= step(gradient, what is remembered): one optimizer's whole update of one
// parameter.
// needs    parts/index
// bind     0 param   1 gradient (one, or `rows` of which it is the sum)   2 a   3 b
//          4 c   5 hyper   6 Params
// launch   one invocation per element of T, all in one launch and in place
// limits   none

// hyper: learning rate, beta1^t, beta2^t, 0. a, b and c are what the optimizer
// remembers; a stand-in is bound where it has less.

alias T = f32;  // the host writes vec4f here where the size divides by four

struct Params {
  count: u32,      // elements (of T)
  nesterov: u32,
  centered: u32,
  has_momentum: u32,
  corrected: u32,  // adam: epsilon joins the corrected root (TensorFlow.js), else v's (Keras)
  momentum: f32,
  decay: f32,      // adam: beta1.  rmsprop: rho
  decay2: f32,     // adam: beta2
  epsilon: f32,
  rows: u32,       // the gradient is the sum of so many rows of `count`
}

@group(0) @binding(0) var<storage, read_write> param: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;
@group(0) @binding(2) var<storage, read_write> a: array<T>;
@group(0) @binding(3) var<storage, read_write> b: array<T>;
@group(0) @binding(4) var<storage, read_write> c: array<T>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

// 1 where p.rows is above 1: the loops cost time even where they never turn. The sum
// is fused here (a bias's gradient is the sum over rows), which saves a launch.
override ROWS: u32 = 0u;

fn gradient_at(i: u32) -> T {
  var g = gradient[i];
  if (ROWS == 0u) {
    return g;
  }
  var at = i + p.count;
  // unrolled: eight loads in flight hide their latency
  for (var r = (p.rows - 1u) / 8u; r > 0u; r--) {
    let low = (gradient[at] + gradient[at + p.count])
      + (gradient[at + 2u * p.count] + gradient[at + 3u * p.count]);
    let high = (gradient[at + 4u * p.count] + gradient[at + 5u * p.count])
      + (gradient[at + 6u * p.count] + gradient[at + 7u * p.count]);
    g += low + high;
    at += 8u * p.count;
  }
  for (var r = (p.rows - 1u) % 8u; r > 0u; r--) {
    g += gradient[at];
    at += p.count;
  }
  return g;
}

// Keras: velocity = momentum * velocity - rate * g; param += velocity, or with Nesterov
// momentum * velocity - rate * g.
@compute @workgroup_size(FLAT)
fn sgd(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  var step = -hyper[0] * gradient_at(i);
  if (p.has_momentum == 1u) {
    let velocity = p.momentum * a[i] + step;
    a[i] = velocity;
    step = select(velocity, p.momentum * velocity + step, p.nesterov == 1u);
  }
  param[i] += step;
}

// a and b are running means of g and g^2. With r = sqrt(1 - beta2^t), TensorFlow.js's
// sqrt(b) / r + epsilon is (sqrt(b) + r * epsilon) / r; Keras adds epsilon alone.
@compute @workgroup_size(FLAT)
fn adam(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let g = gradient_at(i);
  let first = p.decay * a[i] + (1.0 - p.decay) * g;
  let second = p.decay2 * b[i] + (1.0 - p.decay2) * g * g;
  a[i] = first;
  b[i] = second;
  let root = sqrt(1.0 - hyper[2]);
  let epsilon = p.epsilon * select(1.0, root, p.corrected == 1u);
  param[i] -= hyper[0] * root / (1.0 - hyper[1]) * first / (sqrt(second) + epsilon);
}

// Keras: a is the running mean of g^2, c (centered) that of g, b the momentum. epsilon
// stands inside the root.
@compute @workgroup_size(FLAT)
fn rmsprop(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.count) {
    return;
  }
  let g = gradient_at(i);
  let square = p.decay * a[i] + (1.0 - p.decay) * g * g;
  a[i] = square;
  var variance = square;
  if (p.centered == 1u) {
    let mean = p.decay * c[i] + (1.0 - p.decay) * g;
    c[i] = mean;
    variance -= mean * mean;
  }
  var step = hyper[0] * g / sqrt(variance + p.epsilon);
  if (p.has_momentum == 1u) {
    step += p.momentum * b[i];
    b[i] = step;
  }
  param[i] -= step;
}
