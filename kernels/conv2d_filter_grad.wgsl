// Gradient of a 2-D convolution to its filter: dw[ky, kx, c, f] = sum over pictures and output pixels of
// x[n, oy * stride + ky * dilation - pad, ..., c] * dy[n, oy, ox, f]. No workgroup memory, no barriers.
//
// Bindings: 0 x [n, in_h, in_w, in_c], 1 dy [n, out_h, out_w, out_c], 2 dw [splits, kh, kw, in_c, out_c], 3 Params.
// The output pixels are cut into splits of `chunk`; each invocation walks through one split, sum_partials.wgsl adds up.
//
// Entry points: quad = 4 x 4 channels (both multiples of 4), general = 1 x 4 channels (any).

struct Params {
    threads: u32,
    kh: u32, kw: u32,
    out_h: u32, out_w: u32, out_c: u32,
    in_h: u32, in_w: u32, in_c: u32,
    mul_h: i32, mul_w: i32, step_h: i32, step_w: i32, shift_h: i32, shift_w: i32,
    pixels: u32, // n * out_h * out_w
    chunk: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(0) var<storage, read> x4: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> dy4: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw4: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

// An output pixel that is stepped through in memory order, without a division a step.
struct Walk { column: u32, row: u32, picture: u32 }

fn walk_from(pixel: u32) -> Walk {
    let line = pixel / p.out_w;
    return Walk(pixel % p.out_w, line % p.out_h, line / p.out_h);
}

fn walk_on(at: Walk) -> Walk {
    var next = at;
    next.column += 1u;
    if (next.column == p.out_w) {
        next.column = 0u;
        next.row += 1u;
        if (next.row == p.out_h) {
            next.row = 0u;
            next.picture += 1u;
        }
    }
    return next;
}

// Input pixel under an output pixel at a filter position whose offset is given, or -1.
fn source(at: Walk, row_offset: i32, column_offset: i32) -> i32 {
    let row = i32(at.row) * p.mul_h + row_offset;
    let column = i32(at.column) * p.mul_w + column_offset;
    let inside = row >= 0 && row < i32(p.in_h) && column >= 0 && column < i32(p.in_w);
    return select(-1, (i32(at.picture * p.in_h) + row) * i32(p.in_w) + column, inside);
}

@compute @workgroup_size(64)
fn quad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let oq = p.out_c / 4u;
    let iq = p.in_c / 4u;
    let o = index % oq;
    let c = index / oq % iq;
    let tap = index / (oq * iq) % (p.kh * p.kw);
    let split = index / (oq * iq * p.kh * p.kw);
    let row_offset = i32(tap / p.kw) * p.step_h + p.shift_h;
    let column_offset = i32(tap % p.kw) * p.step_w + p.shift_w;
    let first = split * p.chunk;
    let last = min(first + p.chunk, p.pixels);
    var at = walk_from(first);
    var s0 = vec4f(0.0); var s1 = vec4f(0.0); var s2 = vec4f(0.0); var s3 = vec4f(0.0);
    for (var pixel = first; pixel < last; pixel++) {
        let from_pixel = source(at, row_offset, column_offset);
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

@compute @workgroup_size(64)
fn general(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let oq = (p.out_c + 3u) / 4u;
    let o = index % oq * 4u;
    let c = index / oq % p.in_c;
    let tap = index / (oq * p.in_c) % (p.kh * p.kw);
    let split = index / (oq * p.in_c * p.kh * p.kw);
    let row_offset = i32(tap / p.kw) * p.step_h + p.shift_h;
    let column_offset = i32(tap % p.kw) * p.step_w + p.shift_w;
    let first = split * p.chunk;
    let last = min(first + p.chunk, p.pixels);
    // The four channels; beyond the last one the last is computed again and not stored.
    let o1 = min(o + 1u, p.out_c - 1u);
    let o2 = min(o + 2u, p.out_c - 1u);
    let o3 = min(o + 3u, p.out_c - 1u);
    var at = walk_from(first);
    var sum = vec4f(0.0);
    for (var pixel = first; pixel < last; pixel++) {
        let from_pixel = source(at, row_offset, column_offset);
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
