# Tensors and gradients
import pywebml as pw

a = pw.tensor([[1.0, 2.0], [3.0, 4.0]])
b = pw.ops.relu(a - 2.5) @ a
print(b.shape, (await b.data()).tolist())


def f(x):
    return pw.ops.sum(pw.ops.sin(x) * x)


x = pw.tensor([0.0, 1.0, 2.0])
value, slope = pw.value_and_grad(f)(x)
print("f(x) =", list(await value.data()))
print("df/dx =", list(await slope.data()))  # sin(x) + x cos(x)

curve = pw.grad(lambda y: pw.ops.sum(pw.grad(f)(y)))(x)
print("second derivative =", list(await curve.data()))  # 2 cos(x) - x sin(x)
