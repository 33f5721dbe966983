// dx, dh = the gradient of one step of a GRU, from the sequence's end to its beginning.
// needs    recurrent/sequence, parts/activation
// bind     0 x [rows, steps, 3 units]   1 products (of all steps, as x)   2 dx (as x)
//          3 to_product (gradient to the step's product) [rows, 3 units]
//          4 before (h before each step) [rows, steps, units]   5 dhs (as before)
//          6 mask [rows, steps]   7 dh [rows, units]   8 Params
// launch   one invocation per row and unit
// limits   8 storage buffers, all that WebGPU promises

// `products` is overwritten by the gradient to them, dh by what goes past the product.

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> products: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<storage, read_write> to_product: array<f32>;
@group(0) @binding(4) var<storage, read> before: array<f32>;
@group(0) @binding(5) var<storage, read> dhs: array<f32>;
@group(0) @binding(6) var<storage, read> mask: array<u32>;
@group(0) @binding(7) var<storage, read_write> dh: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
  let i = flat_index(group, local);
  if (i >= p.rows * p.units) {
    return;
  }
  let row = i / p.units;
  let unit = i % p.units;
  let here = at_step(row, p.step, unit, p);
  var to_h = dhs[here];
  if ((p.flags & 1u) == 0u) {
    to_h += dh[i];
  }
  let a = gate_at(row, unit, 3u, p);
  let b = row * 3u * p.units + unit;
  let u = p.units;
  var slope = vec3f();
  var reset = 0.0;
  if (p.masked == 0u || mask[row * p.steps + p.step] != 0u) {
    let open = activated(vec4f(x[a] + products[a], x[a + u] + products[a + u], 0.0, 0.0), 3u);
    let inner = products[a + 2u * u];
    let candidate = activated(vec4f(x[a + 2u * u] + open.y * inner), 4u).x;
    reset = open.y;
    slope.z = to_h * (1.0 - open.x) * (1.0 - candidate * candidate);
    slope.x = to_h * (before[here] - candidate) * open.x * (1.0 - open.x);
    slope.y = slope.z * inner * reset * (1.0 - reset);
    to_h *= open.x;
  }
  for (var gate = 0u; gate < 3u; gate++) {
    let past = select(1.0, reset, gate == 2u);
    dx[a + gate * u] = slope[gate];
    products[a + gate * u] = slope[gate] * past;
    to_product[b + gate * u] = slope[gate] * past;
  }
  dh[i] = to_h;
}
