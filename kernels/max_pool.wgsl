// Max pooling: the largest value of each window, and where in the window it was (ky * kw + kx; the first of equals).
//
// Bindings: 0 x [n, in_h, in_w, c], 1 y [n, out_h, out_w, c], 2 argmax (as y), 3 Params.

struct Params {
    threads: u32, // n * out_h * out_w * c
    channels: u32,
    in_h: i32, in_w: i32, out_h: i32, out_w: i32,
    kh: i32, kw: i32, stride_h: i32, stride_w: i32, top: i32, left: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let c = index % p.channels;
    let pixel = i32(index / p.channels);
    let row = pixel / p.out_w % p.out_h * p.stride_h - p.top;
    let column = pixel % p.out_w * p.stride_w - p.left;
    let picture = pixel / (p.out_w * p.out_h);
    // The part of the window inside the picture is never empty.
    let first_row = max(row, 0);
    let first_column = max(column, 0);
    var best = x[u32((picture * p.in_h + first_row) * p.in_w + first_column) * p.channels + c];
    var place = (first_row - row) * p.kw + first_column - column;
    for (var i = first_row; i < min(row + p.kh, p.in_h); i++) {
        for (var j = first_column; j < min(column + p.kw, p.in_w); j++) {
            let value = x[u32((picture * p.in_h + i) * p.in_w + j) * p.channels + c];
            if (value > best) {
                best = value;
                place = (i - row) * p.kw + j - column;
            }
        }
    }
    y[index] = best;
    argmax[index] = place;
}
