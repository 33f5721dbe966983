// Average pooling over the part of each window that lies inside the picture (padding does not count), and its gradient.
//
// Bindings: 0 a, 1 b, 2 Params.
// Entry points: main: a is x [n, in_h, in_w, c], b is y [n, out_h, out_w, c]; grad: a is dy (as y), b is dx (as x).

struct Params {
    threads: u32, // size of b
    channels: u32,
    in_h: i32, in_w: i32, out_h: i32, out_w: i32,
    kh: i32, kw: i32, stride_h: i32, stride_w: i32, top: i32, left: i32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let c = index % p.channels;
    let pixel = i32(index / p.channels);
    let row = pixel / p.out_w % p.out_h * p.stride_h - p.top;
    let column = pixel % p.out_w * p.stride_w - p.left;
    let picture = pixel / (p.out_w * p.out_h);
    let first_row = max(row, 0);
    let first_column = max(column, 0);
    let end_row = min(row + p.kh, p.in_h);
    let end_column = min(column + p.kw, p.in_w);
    var sum = 0.0;
    for (var i = first_row; i < end_row; i++) {
        for (var j = first_column; j < end_column; j++) {
            sum += a[u32((picture * p.in_h + i) * p.in_w + j) * p.channels + c];
        }
    }
    b[index] = sum / f32((end_row - first_row) * (end_column - first_column));
}

// Positions of the window that starts at `start` that lie inside.
fn inside(start: i32, window: i32, size: i32) -> i32 {
    return min(start + window, size) - max(start, 0);
}

@compute @workgroup_size(64)
fn grad(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let c = index % p.channels;
    let pixel = i32(index / p.channels);
    let row = pixel / p.in_w % p.in_h + p.top;
    let column = pixel % p.in_w + p.left;
    let picture = pixel / (p.in_w * p.in_h);
    // Outputs whose window holds this input: o * stride <= row < o * stride + kh.
    let first_row = max(row - p.kh + p.stride_h, 0) / p.stride_h;
    let first_column = max(column - p.kw + p.stride_w, 0) / p.stride_w;
    var sum = 0.0;
    for (var i = first_row; i <= min(row / p.stride_h, p.out_h - 1); i++) {
        let rows = inside(i * p.stride_h - p.top, p.kh, p.in_h);
        for (var j = first_column; j <= min(column / p.stride_w, p.out_w - 1); j++) {
            let columns = inside(j * p.stride_w - p.left, p.kw, p.in_w);
            sum += a[u32((picture * p.out_h + i) * p.out_w + j) * p.channels + c] / f32(rows * columns);
        }
    }
    b[index] = sum;
}
