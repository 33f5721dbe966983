// out = the discrete Fourier transforms of x, of a length that is a power of two, or
// one pass of several: sums over r of x[r] exp(-2 pi i r k / N) in workgroup memory.
// needs    parts/index, fft/roots, fft/real
// bind     0 x [batches, n]   1 out [batches, n]   2 Params
// launch   one workgroup of 256 per 2048 numbers: 2048 / N transforms of N
// limits   N of 8 to 2048; 16 KiB of workgroup memory

// Stockham's order: passes of radix 8, the first one of 2, 4 or 8, each with its
// results where the next one finds its inputs side by side (Govindaraju et al. 2008).
// An invocation holds eight numbers; a pass reads them N / 8 apart.
//
// A longer transform is the same again with N as the radix: this kernel is one pass, of
// transforms whose inputs are n / N apart. Neighbouring invocations then take
// neighbouring transforms (APART), so that loads are coalesced.
//
// The inverse is the transform of swapped parts, swapped.

override N: u32 = 1024u;
override FIRST: u32 = 2u;  // the first radix
override APART: bool = false;
override INVERSE: bool = false;
override UNTANGLE: bool = false;  // out: the transforms of real numbers, whose pairs x is
override TANGLE: bool = false;    // x: such a transform, and out its real numbers' pairs

override PLACES: u32 = N / 8u;  // invocations per transform
override ROWS: u32 = 2048u / N;  // transforms per workgroup

struct Params {
  lines: u32,   // transforms of N, in all batches
  apart: u32,   // n / N: what lies between two inputs of a transform
  before: u32,  // the product of the radices of the passes before
  scale: f32,   // of what is stored
}

@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> held: array<vec2f, 2048>;

// Where number i of a row is held: neighbours next to each other, and what a radix lies
// apart in other banks.
fn cell(row: u32, i: u32) -> u32 {
  let at = select(row * N + i, i * ROWS + row, APART);
  return at ^ ((at >> 4u) & 15u);
}

// v times -i.
fn quarter(v: vec2f) -> vec2f {
  return vec2f(v.y, -v.x);
}

fn swapped(v: vec2f) -> vec2f {
  return select(v, v.yx, INVERSE);
}

fn load(at: u32) -> vec2f {
  return swapped(x[at]);
}

// Number k of a row, from a transform of real numbers.
fn tangled(row: u32, k: u32) -> vec2f {
  let at = row * (N + 1u);
  let one = x[at + k];
  let two = x[at + N - k];
  return swapped(from_real(one, two, k, N));
}

// Transforms of four, of v's entries a, b, c, d; the results in order.
fn four(a: vec2f, b: vec2f, c: vec2f, d: vec2f) -> array<vec2f, 4> {
  let even = a + c;
  let odd = a - c;
  let sum = b + d;
  let rest = quarter(b - d);
  return array(even + sum, odd + rest, even - sum, odd - rest);
}

fn eight(v: array<vec2f, 8>) -> array<vec2f, 8> {
  let e = four(v[0], v[2], v[4], v[6]);
  let o = four(v[1], v[3], v[5], v[7]);
  const half = 0.70710678;
  let o1 = half * vec2f(o[1].x + o[1].y, o[1].y - o[1].x);
  let o2 = quarter(o[2]);
  let o3 = half * vec2f(o[3].y - o[3].x, -o[3].x - o[3].y);
  return array(e[0] + o[0], e[1] + o1, e[2] + o2, e[3] + o3,
               e[0] - o[0], e[1] - o1, e[2] - o2, e[3] - o3);
}

// The first pass: whose inputs need no factors. Entry s of the result is number
// s / (8 / FIRST) of transform s % (8 / FIRST).
fn first_pass(v: array<vec2f, 8>) -> array<vec2f, 8> {
  if (FIRST == 2u) {
    return array(v[0] + v[4], v[1] + v[5], v[2] + v[6], v[3] + v[7],
                 v[0] - v[4], v[1] - v[5], v[2] - v[6], v[3] - v[7]);
  }
  if (FIRST == 4u) {
    let a = four(v[0], v[2], v[4], v[6]);
    let b = four(v[1], v[3], v[5], v[7]);
    return array(a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]);
  }
  return eight(v);
}

// Where entry s of the first pass goes.
fn after_first(place: u32, s: u32) -> u32 {
  let several = 8u / FIRST;
  return (place + s % several * PLACES) * FIRST + s / several;
}

@compute @workgroup_size(256)
fn stockham(group: Group, @builtin(local_invocation_index) local: u32) {
  let row = select(local / PLACES, local % ROWS, APART);
  let place = select(local % PLACES, local / ROWS, APART);
  let line = group_index(group) * ROWS + row;
  let inside = line < p.lines;
  let batch = line / p.apart;
  let j = line % p.apart;
  let start = batch * p.apart * N;
  var v: array<vec2f, 8>;
  if (inside) {
    let at = start + j + place * p.apart;
    let step = PLACES * p.apart;
    if (TANGLE) {
      v = array(tangled(line, place), tangled(line, place + PLACES),
                tangled(line, place + 2u * PLACES), tangled(line, place + 3u * PLACES),
                tangled(line, place + 4u * PLACES), tangled(line, place + 5u * PLACES),
                tangled(line, place + 6u * PLACES), tangled(line, place + 7u * PLACES));
    } else {
      v = array(load(at), load(at + step), load(at + 2u * step), load(at + 3u * step),
                load(at + 4u * step), load(at + 5u * step), load(at + 6u * step),
                load(at + 7u * step));
    }
    if (p.before > 1u) {
      // entry r of the transform is turned by r (j mod before) of before N
      let turn = j % p.before;
      let whole = 1.0 / (f32(p.before) * f32(N));
      let w = root_of(f32(turn * place) * whole);
      let w1 = root_of(f32(turn * PLACES) * whole);
      let w2 = times(w1, w1);
      let w4 = times(w2, w2);
      v = array(times(v[0], w), times(v[1], times(w, w1)), times(v[2], times(w, w2)),
                times(v[3], times(w, times(w2, w1))), times(v[4], times(w, w4)),
                times(v[5], times(w, times(w4, w1))), times(v[6], times(w, times(w4, w2))),
                times(v[7], times(w, times(w4, times(w2, w1)))));
    }
  }
  v = first_pass(v);
  for (var done = FIRST; done < N; done *= 8u) {
    if (done == FIRST) {
      held[cell(row, after_first(place, 0u))] = v[0];
      held[cell(row, after_first(place, 1u))] = v[1];
      held[cell(row, after_first(place, 2u))] = v[2];
      held[cell(row, after_first(place, 3u))] = v[3];
      held[cell(row, after_first(place, 4u))] = v[4];
      held[cell(row, after_first(place, 5u))] = v[5];
      held[cell(row, after_first(place, 6u))] = v[6];
      held[cell(row, after_first(place, 7u))] = v[7];
    } else {
      let step = done / 8u;
      let to = place / step * done + place % step;
      held[cell(row, to)] = v[0];
      held[cell(row, to + step)] = v[1];
      held[cell(row, to + 2u * step)] = v[2];
      held[cell(row, to + 3u * step)] = v[3];
      held[cell(row, to + 4u * step)] = v[4];
      held[cell(row, to + 5u * step)] = v[5];
      held[cell(row, to + 6u * step)] = v[6];
      held[cell(row, to + 7u * step)] = v[7];
    }
    workgroupBarrier();
    let w1 = root_of(f32(place % done) / f32(8u * done));
    let w2 = times(w1, w1);
    let w3 = times(w2, w1);
    let w4 = times(w2, w2);
    v = eight(array(
      held[cell(row, place)],
      times(held[cell(row, place + PLACES)], w1),
      times(held[cell(row, place + 2u * PLACES)], w2),
      times(held[cell(row, place + 3u * PLACES)], w3),
      times(held[cell(row, place + 4u * PLACES)], w4),
      times(held[cell(row, place + 5u * PLACES)], times(w4, w1)),
      times(held[cell(row, place + 6u * PLACES)], times(w3, w3)),
      times(held[cell(row, place + 7u * PLACES)], times(w4, w3)),
    ));
    workgroupBarrier();
  }
  if (!UNTANGLE && (!APART || p.before > 1u)) {
    if (inside) {
      store(start + j / p.before * p.before * N + j % p.before, place, v);
    }
    return;
  }
  // through workgroup memory: what a line has, others store
  held[cell(row, place)] = v[0];
  held[cell(row, place + PLACES)] = v[1];
  held[cell(row, place + 2u * PLACES)] = v[2];
  held[cell(row, place + 3u * PLACES)] = v[3];
  held[cell(row, place + 4u * PLACES)] = v[4];
  held[cell(row, place + 5u * PLACES)] = v[5];
  held[cell(row, place + 6u * PLACES)] = v[6];
  held[cell(row, place + 7u * PLACES)] = v[7];
  workgroupBarrier();
  if (UNTANGLE) {
    if (inside) {
      for (var k = place; k <= N; k += PLACES) {
        let one = held[cell(row, k % N)];
        let two = held[cell(row, (N - k) % N)];
        out[line * (N + 1u) + k] = to_real(one, two, k, N);
      }
    }
    return;
  }
  // lines of a first pass lie behind one another
  let first = group_index(group) * 2048u;
  for (var i = local; i < 2048u; i += 256u) {
    if (first + i < p.lines * N) {
      out[first + i] = p.scale * swapped(held[cell(i / N, i % N)]);
    }
  }
}

// The results of a whole transform: entry s is number place + s N / 8.
fn store(to: u32, place: u32, v: array<vec2f, 8>) {
  let at = to + place * p.before;
  let step = PLACES * p.before;
  out[at] = p.scale * swapped(v[0]);
  out[at + step] = p.scale * swapped(v[1]);
  out[at + 2u * step] = p.scale * swapped(v[2]);
  out[at + 3u * step] = p.scale * swapped(v[3]);
  out[at + 4u * step] = p.scale * swapped(v[4]);
  out[at + 5u * step] = p.scale * swapped(v[5]);
  out[at + 6u * step] = p.scale * swapped(v[6]);
  out[at + 7u * step] = p.scale * swapped(v[7]);
}
