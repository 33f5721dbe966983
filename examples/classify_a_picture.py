# Classify a picture
from pywebml import data, models, vis, zoo

# The pretrained network as it comes: the five likeliest of ImageNet's 1,000 classes.
things = data.find_pictures(data.sample_folder("things"))  # drawn, no photos
picture = things.pictures[things.classes.index("umbrella")]
network = zoo.load_extractor()
pixels = network.pixels(data.load_picture(picture.path, network.input_size, fit="crop"))
probabilities = network.classify(pixels).numpy()[0]
best = (-probabilities).argsort()[:5]
for index in best:
    print(f"{probabilities[index]:6.1%}  {network.classes[index]}")
print("in all", round(float(probabilities.sum()), 3))

# What the likeliest rests on: a map over the picture, 7 places wide and high.
maps = models.ClassMaps(network.classifier)(pixels, best[:1])
words = f"Where it sees: {network.classes[best[0]]}"
vis.render.heatmap(words, maps.numpy()[0, 0], row_major=True)
