# Read dates
# Attention: before each sign that it writes, the network looks back at what it has read.
import datetime
import random
import pywebml as pw

DAYS = [datetime.date(1951, 1, 1) + datetime.timedelta(days=i) for i in range(36_159)]
WAYS = ["%d %b %Y", "%B %d, %Y", "%m/%d/%y", "%A %d %B %Y", "%Y.%m.%d"]
LETTERS, SIGNS, LONGEST = " ,./0123456789abcdefghijklmnopqrstuvwxyz", "0123456789-", 27


def numbers(text):
    return [LETTERS.index(letter) for letter in text.lower().ljust(LONGEST)]


random.seed(0)
days = random.sample(DAYS, 8000)
x = pw.tensor([numbers(day.strftime(random.choice(WAYS))) for day in days], dtype="int32")
y = pw.tensor([[SIGNS.index(sign) for sign in str(day)] for day in days], dtype="int32")
start = pw.ops.fill((len(days), 1), len(SIGNS), "int32")
before = pw.ops.concat([start, y[:, :-1]], 1)  # the right signs so far

layers = pw.layers
pw.set_seed(0)
text, so_far = (layers.Input((None,), dtype="int32") for _ in range(2))
encoder = layers.Bidirectional(layers.LSTM(32, return_sequences=True))
read = encoder(layers.Embedding(len(LETTERS), 32)(text))  # a vector of each character
state = layers.LSTM(64, return_sequences=True)(layers.Embedding(12, 32)(so_far))
context = layers.Attention()([state, read])  # where to look: softmax(state . read)
joined = layers.Dense(64, activation="tanh")(layers.Concatenate()([state, context]))
model = pw.Model([text, so_far], layers.Dense(len(SIGNS), activation="softmax")(joined))
model.compile(pw.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
await model.fit([x, before], y, epochs=3, batch_size=64, validation_split=0.05)

# Now it goes by its own signs, one after the other.
asked, said = "Feb 03 2021", ""
for i in range(10):
    so_far = [len(SIGNS), *map(SIGNS.index, said)] + [0] * (9 - i)
    inputs = [pw.tensor([each], dtype="int32") for each in (numbers(asked), so_far)]
    sign = await model.predict(inputs)[0, i].argmax().data()
    said += SIGNS[int(sign[0])]
print(asked, "is", said)
