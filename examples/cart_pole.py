# Balance a pole
import math
import pywebml as pw
from pywebml import ops

# 32 carts side by side. A policy says how likely each is pushed to the right; pushes
# after which a pole stood longer than the others did become likelier (REINFORCE).
games = 32
policy = pw.Sequential([pw.layers.Dense(32, activation="tanh"), pw.layers.Dense(1)])
policy.build((None, 4))
optimizer = pw.optimizers.Adam(0.05)


def moved(state, right):
    "Place and speed of each cart, angle and turn of each pole, 0.02 s later."
    x, v, a, w = ops.split(state, 4, axis=1)
    push = (20 * right - 10 + 0.05 * w * w * ops.sin(a)) / 1.1
    turn = (9.8 * ops.sin(a) - push * ops.cos(a)) / (2 / 3 - 0.05 * ops.cos(a) ** 2 / 1.1)
    gain = push - 0.05 * turn * ops.cos(a) / 1.1
    return ops.concat([x + 0.02 * v, v + 0.02 * gain, a + 0.02 * w, w + 0.02 * turn], axis=1)


@pw.capture
def play(state, alive):
    "25 steps of all games, recorded once and then replayed."
    states, rights, going = [], [], []
    for _ in range(25):
        right = ops.cast(ops.random_uniform((games, 1)) < ops.sigmoid(policy(state)), "float32")
        states, rights, going = [*states, state], [*rights, right], [*going, alive]
        state = ops.where(alive > 0, moved(state, right), state)
        up = (ops.abs(state[:, :1]) <= 2.4) & (ops.abs(state[:, 2:3]) <= math.radians(12))
        alive = alive * ops.cast(up, "float32")
    return state, alive, ops.stack(states), ops.stack(rights), ops.stack(going)


@pw.capture
def learn(states, rights, going):
    "One step along the policy gradient; the mean number of steps of a game."
    left = ops.cumsum(going, axis=0, reverse=True)  # steps that are still to come
    others = ops.sum(left, axis=1, keepdims=True) / ops.sum(going + 1e-6, axis=1, keepdims=True)

    def loss():
        likes = policy(states.reshape(-1, 4)).reshape(*rights.shape)
        surprise = ops.softplus(ops.where(rights > 0, -likes, likes))
        return ops.mean((left - others) * going * surprise)

    _, slopes = pw.variable_grads(loss, policy.trainable_weights)
    optimizer.apply(slopes, policy.trainable_weights)
    return ops.mean(left[0])


means = [0.0]
while means[-1] < 400 and len(means) < 60:
    state, alive, parts = ops.random_uniform((games, 4), -0.05, 0.05), ops.ones((games, 1)), []
    for _ in range(20):
        state, alive, *part = play(state, alive)
        parts.append(part)
    played = [ops.concat([part[i] for part in parts]) for i in range(3)]
    means += (await learn(*played).data()).tolist()
pw.plot(means, title="Steps of a game, iteration by iteration")
print("steps on average", means[-1])
