# Time a step
import time

import pywebml as pw

# The same training step run op by op, and recorded once and replayed.
x = pw.ops.Generator(0).normal((128, 256))
weights = pw.Variable(pw.ops.Generator(1).normal((256, 64)) * 0.05)


def step():
    value, (slope,) = pw.variable_grads(lambda: (x @ weights).square().mean(), [weights])
    weights.assign(weights - slope * 0.1)
    return value


def milliseconds(f, times=50):
    f()
    start = time.perf_counter()
    for _ in range(times):
        value = f()
    value.tolist()  # waits for the device
    return 1000 * (time.perf_counter() - start) / times


eager, replayed = milliseconds(step), milliseconds(pw.capture(step))
print(f"op by op {eager:.3f} ms, replayed {replayed:.3f} ms, {eager / replayed:.1f} times")
