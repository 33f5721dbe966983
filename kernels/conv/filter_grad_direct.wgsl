// dw[ky, kx, c, f] = sum over n, oy, ox of x[n, iy, ix, c] * dy[n, oy, ox, f].
// needs    parts/index, conv/filter_grad
// bind     those of conv/filter_grad
// launch   quad: 4 x 4 channels per invocation and split (both multiples of 4);
//          general: 1 x 4
// limits   chunk <= 32,768 (lavapipe ends loops after 65,535 rounds)

// A register tile per invocation, no workgroup memory, no barriers.

@compute @workgroup_size(FLAT)
fn quad(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let oq = p.out_c / 4u;
  let iq = p.in_c / 4u;
  let o = index % oq;
  let c = index / oq % iq;
  let tap = index / (oq * iq) % (p.kh * p.kw);
  let split = index / (oq * iq * p.kh * p.kw);
  let position = tap_at(tap);
  let first = split * p.chunk;
  let last = min(first + p.chunk, p.pixels);
  var at = walk_from(first);
  var s0 = vec4f(0.0); var s1 = vec4f(0.0); var s2 = vec4f(0.0); var s3 = vec4f(0.0);
  for (var pixel = first; pixel < last; pixel++) {
    let from_pixel = source(at, position);
    let v = select(vec4f(0.0), x4[u32(max(from_pixel, 0)) * iq + c], from_pixel >= 0);
    let g = dy4[pixel * oq + o];
    s0 += v.x * g;
    s1 += v.y * g;
    s2 += v.z * g;
    s3 += v.w * g;
    at = walk_on(at);
  }
  let out = ((split * p.kh * p.kw + tap) * p.in_c + 4u * c) * oq + o;
  dw4[out] = s0;
  dw4[out + oq] = s1;
  dw4[out + 2u * oq] = s2;
  dw4[out + 3u * oq] = s3;
}

@compute @workgroup_size(FLAT)
fn general(group: Group, @builtin(local_invocation_index) local: u32) {
  let index = flat_index(group, local);
  if (index >= p.threads) { return; }
  let oq = (p.out_c + 3u) / 4u;
  let o = index % oq * 4u;
  let c = index / oq % p.in_c;
  let tap = index / (oq * p.in_c) % (p.kh * p.kw);
  let split = index / (oq * p.in_c * p.kh * p.kw);
  let position = tap_at(tap);
  let first = split * p.chunk;
  let last = min(first + p.chunk, p.pixels);
  // The four channels; beyond the last one the last is computed again and not stored.
  let o1 = min(o + 1u, p.out_c - 1u);
  let o2 = min(o + 2u, p.out_c - 1u);
  let o3 = min(o + 3u, p.out_c - 1u);
  var at = walk_from(first);
  var sum = vec4f(0.0);
  for (var pixel = first; pixel < last; pixel++) {
    let from_pixel = source(at, position);
    let v = select(0.0, x[u32(max(from_pixel, 0)) * p.in_c + c], from_pixel >= 0);
    let g = pixel * p.out_c;
    sum += v * vec4f(dy[g + o], dy[g + o1], dy[g + o2], dy[g + o3]);
    at = walk_on(at);
  }
  let out = ((split * p.kh * p.kw + tap) * p.in_c + c) * p.out_c + o;
  dw[out] = sum.x;
  if (o + 1u < p.out_c) { dw[out + 1u] = sum.y; }
  if (o + 2u < p.out_c) { dw[out + 2u] = sum.z; }
  if (o + 3u < p.out_c) { dw[out + 3u] = sum.w; }
}
