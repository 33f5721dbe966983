# A layer of your own
import pywebml as pw


@pw.layers.register_layer
class Scale(pw.layers.Layer):
    """Multiplies each feature by a weight of its own."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

    def call(self, inputs):
        return inputs * self.scale


pw.set_seed(0)
x = pw.tensor([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]])
model = pw.Sequential([Scale()])
model.compile(pw.optimizers.SGD(0.1), loss="mean_squared_error")
await model.fit(x, x * pw.tensor([2.0, -1.0]), epochs=100, verbose=0)
print("learned", [round(s, 2) for s in (await model.weights[0].data()).tolist()])
