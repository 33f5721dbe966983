// The two linear maps that belong to the places (argmax) max pooling found.
//
// Bindings: 0 a, 1 argmax [n, out_h, out_w, c], 2 other (as b; any buffer where JOIN is 0), 3 b, 4 Params.
// Entry points: grad: a is dy (as argmax), b is dx [n, in_h, in_w, c]: every input adds up the outputs it was the largest
// for. gather: a is x [n, in_h, in_w, c], b (as argmax) takes from every window the value at its place.

struct Params {
    threads: u32, // size of b
    channels: u32,
    in_h: i32, in_w: i32, out_h: i32, out_w: i32,
    kh: i32, kw: i32, stride_h: i32, stride_w: i32, top: i32, left: i32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<i32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> b: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

override JOIN: u32 = 0u;  // what grad does to its sums: 0 nothing, 1 add `other`, 2 and 3 a gradient where relu or relu6 gave `other`

fn joined(v: f32, i: u32) -> f32 {
    if (JOIN == 0u) { return v; }
    let o = other[i];
    if (JOIN == 1u) { return v + o; }
    return select(0.0, v, o > 0.0 && (JOIN == 2u || o < 6.0));
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
        for (var j = first_column; j <= min(column / p.stride_w, p.out_w - 1); j++) {
            let output = u32((picture * p.out_h + i) * p.out_w + j) * p.channels + c;
            let place = (row - i * p.stride_h) * p.kw + column - j * p.stride_w;
            sum += select(0.0, a[output], argmax[output] == place);
        }
    }
    b[index] = joined(sum, index);
}

@compute @workgroup_size(64)
fn gather(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    if (index >= p.threads) { return; }
    let c = index % p.channels;
    let pixel = i32(index / p.channels);
    let picture = pixel / (p.out_w * p.out_h);
    let place = argmax[index];
    let row = pixel / p.out_w % p.out_h * p.stride_h - p.top + place / p.kw;
    let column = pixel % p.out_w * p.stride_w - p.left + place % p.kw;
    // Clamped: places come from max pooling and lie inside, but a wrong argmax must not read elsewhere.
    let source = (picture * p.in_h + clamp(row, 0, p.in_h - 1)) * p.in_w + clamp(column, 0, p.in_w - 1);
    b[index] = a[u32(source) * p.channels + c];
}
