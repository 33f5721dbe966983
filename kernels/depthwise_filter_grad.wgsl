// Gradient of a depthwise convolution to its filter: dw[ky, kx, c, m] = sum over pictures and output pixels of
// x[n, oy * stride + ky * dilation - pad, ..., c] * dy[n, oy, ox, c * multiplier + m]. No barriers.
//
// Bindings: 0 x [n, in_h, in_w, in_c], 1 dy [n, out_h, out_w, out_c], 2 dw [splits, kh, kw, in_c, multiplier], 3 Params.
// The output pixels are cut into splits of `chunk`; each invocation walks through one split, sum_partials.wgsl adds up.
//
// Entry points: quad = 4 channels (multiplier 1, channels a multiple of 4), scalar = 1 channel (any).

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

// Input pixel under an output pixel at filter position `tap`, or -1.
fn source(at: Walk, tap: u32) -> i32 {
    let row = i32(at.row) * p.mul_h + i32(tap / p.kw) * p.step_h + p.shift_h;
    let column = i32(at.column) * p.mul_w + i32(tap % p.kw) * p.step_w + p.shift_w;
    let inside = row >= 0 && row < i32(p.in_h) && column >= 0 && column < i32(p.in_w);
    return select(-1, (i32(at.picture * p.in_h) + row) * i32(p.in_w) + column, inside);
}

@compute @workgroup_size(64)
fn quad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let cq = p.in_c / 4u;
    let c = index % cq;
    let tap = index / cq % (p.kh * p.kw);
    let first = index / (cq * p.kh * p.kw) * p.chunk;
    let last = min(first + p.chunk, p.pixels);
    var at = walk_from(first);
    var sum = vec4f(0.0);
    for (var pixel = first; pixel < last; pixel++) {
        let from_pixel = source(at, tap);
        let v = select(vec4f(0.0), x4[u32(max(from_pixel, 0)) * cq + c], from_pixel >= 0);
        sum += v * dy4[pixel * cq + c];
        at = walk_on(at);
    }
    dw4[index] = sum;
}

@compute @workgroup_size(64)
fn scalar(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let o = index % p.out_c;
    let c = o / (p.out_c / p.in_c);
    let tap = index / p.out_c % (p.kh * p.kw);
    let first = index / (p.out_c * p.kh * p.kw) * p.chunk;
    let last = min(first + p.chunk, p.pixels);
    var at = walk_from(first);
    var sum = 0.0;
    for (var pixel = first; pixel < last; pixel++) {
        let from_pixel = source(at, tap);
        let v = select(0.0, x[u32(max(from_pixel, 0)) * p.in_c + c], from_pixel >= 0);
        sum += v * dy[pixel * p.out_c + o];
        at = walk_on(at);
    }
    dw[index] = sum;
}
