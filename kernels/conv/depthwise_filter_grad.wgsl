// dw[ky, kx, c, j] = sum over n, oy, ox of x[n, iy, ix, c] * dy[n, oy, ox, c * m + j].
// needs    parts/index, conv/filter_grad
// bind     those of conv/filter_grad
// launch   quad: 4 channels per invocation and split (m = 1, channels a multiple of 4);
//          scalar: 1 channel
// limits   chunk <= 32,768 (lavapipe ends loops after 65,535 rounds)

@compute @workgroup_size(FLAT)
fn quad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let cq = p.in_c / 4u;
  let c = index % cq;
  let tap = index / cq % (p.kh * p.kw);
  let first = index / (cq * p.kh * p.kw) * p.chunk;
  let last = min(first + p.chunk, p.pixels);
  var at = walk_from(first);
  var sum = vec4f(0.0);
  for (var pixel = first; pixel < last; pixel++) {
    let from_pixel = source(at, tap_at(tap));
    let v = select(vec4f(0.0), x4[u32(max(from_pixel, 0)) * cq + c], from_pixel >= 0);
    sum += v * dy4[pixel * cq + c];
    at = walk_on(at);
  }
  dw4[index] = sum;
}

@compute @workgroup_size(FLAT)
fn scalar(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let o = index % p.out_c;
  let c = o / (p.out_c / p.in_c);
  let tap = index / p.out_c % (p.kh * p.kw);
  let first = index / (p.out_c * p.kh * p.kw) * p.chunk;
  let last = min(first + p.chunk, p.pixels);
  var at = walk_from(first);
  var sum = 0.0;
  for (var pixel = first; pixel < last; pixel++) {
    let from_pixel = source(at, tap_at(tap));
    let v = select(0.0, x[u32(max(from_pixel, 0)) * p.in_c + c], from_pixel >= 0);
    sum += v * dy[pixel * p.out_c + o];
    at = walk_on(at);
  }
  dw[index] = sum;
}
