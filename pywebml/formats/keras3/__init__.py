"""Models to Keras 3's files and back: configs, the places of weights, how the model was
compiled. The files themselves: wire/keras.py.
"""
