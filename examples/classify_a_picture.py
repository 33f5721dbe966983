# Classify a picture
from pywebml import data, zoo

# The pretrained network as it comes: the five likeliest of ImageNet's 1,000 classes.
picture = data.find_pictures(data.sample_folder()).pictures[0]  # a drawn hand
network = zoo.load_extractor()
pixels = network.pixels(data.load_picture(picture.path, network.input_size, fit="crop"))
probabilities = network.classify(pixels).numpy()[0]
for index in (-probabilities).argsort()[:5]:
    print(f"{probabilities[index]:6.1%}  {network.classes[index]}")
print("in all", round(float(probabilities.sum()), 3))
