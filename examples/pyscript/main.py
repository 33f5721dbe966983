# Learn a curve, in PyScript
from pyscript import display, document, when

import pywebml as pw
from pywebml.vis.charts import lines_of

status = document.querySelector("#status")
button = document.querySelector("#train")
device = await pw.ready()  # opens the graphics card, where there is one

x = pw.ops.reshape(pw.ops.linspace(-1, 1, 200), (200, 1))
y = pw.ops.sin(3 * x) + 0.1 * pw.ops.Generator(1).normal((200, 1))


@when("click", "#train")
async def train(event):
    button.disabled = True
    model = pw.Sequential([pw.layers.Dense(32, activation="tanh"), pw.layers.Dense(1)])
    model.compile(pw.optimizers.Adam(0.02), loss="mean_squared_error")
    for epoch in range(10, 101, 10):
        history = await model.fit(x, y, batch_size=50, epochs=10, verbose=0)
        status.textContent = f"Epoch {epoch}: loss {history.history['loss'][-1]:.4f}"
        learned = await model(x).data()
        lines = {"noisy points": await y.data(), "what it learned": learned}
        display(lines_of(lines, await x.data()), target="chart", append=False)
    status.textContent += f", on {device.name}"
    button.disabled = False


await train(None)
