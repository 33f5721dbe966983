# A map of what is alike
# Three hundred handwritten digits find their like: nobody says which is which.
import pywebml as pw

(x, y), _ = await pw.data.digits()
x, y = x[:300], await y[:300].data()

tsne = pw.models.TSNE(perplexity=30, random_state=0)
await tsne.begin(x)  # looks for the neighbours of each
while tsne.n_iter < 500:
    tsne.step(50)  # all points move 50 times, on the device
    print("iteration", tsne.n_iter, "divergence", await tsne.kl_divergence())

places = (await tsne.embedding.data()).tolist()
clouds = {
    f"{digit}": [p for p, label in zip(places, y, strict=True) if label == digit]
    for digit in range(10)
}
pw.vis.render.scatterplot("Digits, those alike beside each other", clouds)
