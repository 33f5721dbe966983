# Record once, replay
import pywebml as pw

# Gradient descent by hand. `capture` runs the Python of a step once and keeps its kernels:
# every further call is a single replay on the device.
x = pw.tensor([[1.0, 2.0], [2.0, 0.5], [3.0, -1.0], [4.0, 1.5]])
y = x @ pw.tensor([[0.5], [-2.0]]) + 1.0
weight = pw.Variable(pw.zeros((2, 1)))
bias = pw.Variable(pw.zeros((1,)))


def loss():
    return (x @ weight + bias - y).square().mean()


@pw.capture
def step():
    value, (slope, shift) = pw.variable_grads(loss, [weight, bias])
    weight.assign(weight - slope * 0.05)
    bias.assign(bias - shift * 0.05)
    return value


for _ in range(1500):
    value = step()
print("loss", (await value.data())[0])
print("weights", [round(w, 2) for w in (await weight.reshape(2).data()).tolist()])
print(step.summary())
