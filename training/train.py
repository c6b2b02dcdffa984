"""Teaches the network of src/engine/features/syllable-network.ts: python3 train.py SPEECH WEIGHTS.ts. See README.md."""
import base64, json, sys, wave
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jax, jax.numpy as jnp, numpy as np, optax

from features import CENTRE, LOWEST, RATE, features, through_a_channel

jax.config.update('jax_default_prng_impl', 'unsafe_rbg')
TAPS, DILATIONS, UNITS, REACH, FRAMES = 5, [1, 2, 3], 24, 26, 500
COPIES, STEPS, BATCH = 2, 12000, 32


def read(job):
    """Utterances of one file, each by another channel: features, density by 20 ms, whether it is known where, number, weight."""
    seed, about = job
    known, rng = json.loads(about.read_text()), np.random.default_rng(seed)
    with wave.open(str(about.with_suffix('.wav'))) as file:
        rate, data = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    count = known.get('count', len(known.get('vowels', [])))
    if len(data) < rate / 2 or count < 3:
        return []
    weight = 2 if known['voice'] in ('kal', 'ked') else 0.5 if 'count' in known else 1
    heard = [utterance(through_a_channel(data, rate, rng), known.get('vowels'), count, weight) for _ in range(COPIES)]
    return heard + ([utterance(through_a_channel(no_speech(rng), RATE, rng), [], 0, 1)] if seed % 15 == 0 else [])


def no_speech(rng):
    """Silence, noise, or a chord, whose level may change."""
    time = np.arange(int(rng.uniform(1, 5) * RATE)) / RATE
    sound = rng.normal(size=len(time)) * rng.choice([1e-5, 1]) + 0.02
    if rng.random() < 0.5:
        sound = sum(np.sin(2 * np.pi * hz * time) for hz in rng.uniform(80, 3000, rng.integers(1, 6))) + 1e-3 * sound
    return sound * (1 + rng.uniform(0, 0.5) * np.sin(2 * np.pi * rng.uniform(0.1, 1) * time))


def utterance(sound, vowels, count, weight):
    seen, faster = features(sound[0]), sound[1]
    frames, density = min(FRAMES, len(seen)), np.zeros(FRAMES // 2, np.float32)
    x = np.full((FRAMES + 2 * REACH, seen.shape[1]), LOWEST + CENTRE, np.float16)
    x[REACH : REACH + frames] = seen[:frames]
    for begin, end in vowels or []:
        at = ((begin + end) / 2 / faster - 0.025) * 50  # a frame begins 25 ms before what it is about
        for step, share in ((int(at), 1 - at % 1), (int(at) + 1, at % 1)):
            if 0 <= step < frames / 2:
                density[step] += share
    lasts = np.arange(FRAMES // 2) < frames // 2 + 3
    # A ratio to nothing would outweigh all others.
    counted = 0.1 if vowels == [] else vowels is not None or len(seen) <= FRAMES
    return x, lasts, density, vowels is not None, density.sum() if vowels is not None else count, counted, weight


def initial(key, inputs):
    layers = []
    for inner in [inputs, UNITS, UNITS, UNITS]:
        key, own = jax.random.split(key)
        layers.append((jax.random.normal(own, (TAPS * inner, UNITS)) * np.sqrt(2 / (TAPS * inner)), jnp.zeros(UNITS)))
    return layers + [(jax.random.normal(key, (UNITS, 1)) / np.sqrt(UNITS), jnp.full(1, -2.5))]


def density_of(layers, x, key, drop):
    steps = (x.shape[1] - TAPS) // 2 + 1
    h = jnp.concatenate([x[:, tap : tap + 2 * steps - 1 : 2] for tap in range(TAPS)], -1)
    h = jax.nn.relu(h @ layers[0][0] + layers[0][1])
    for dilation, (w, b) in zip(DILATIONS, layers[1:-1]):
        key, own = jax.random.split(key)
        h = h * jax.random.bernoulli(own, 1 - drop, (h.shape[0], 1, h.shape[2])) / (1 - drop)
        steps = h.shape[1] - (TAPS - 1) * dilation
        h = jax.nn.relu(jnp.concatenate([h[:, tap * dilation : tap * dilation + steps] for tap in range(TAPS)], -1) @ w + b)
    return jax.nn.softplus((h @ layers[-1][0] + layers[-1][1])[..., 0])


def as_others_speak(x, key):
    """Random equalisation and dynamics, a floor of noise, bands that are missing: no two batches are alike."""
    keys, (batch, frames, bands) = jax.random.split(key, 8), x.shape
    wave_shapes = np.stack([np.cos(np.pi * q * (np.arange(bands) + 0.5) / bands) / np.sqrt(q) for q in range(1, 6)])
    x = x - CENTRE + (0.35 * jax.random.normal(keys[0], (batch, 5)) @ wave_shapes)[:, None] + 0.08 * jax.random.normal(keys[1], (batch, 1, bands))
    x = x * (1 + 0.12 * jax.random.uniform(keys[2], (batch, 1, 1), minval=-1))
    floor = jax.random.uniform(keys[3], (batch, 1, 1), minval=LOWEST, maxval=-1.5) + 0.3 * jax.random.normal(keys[4], (batch, 1, bands))
    noisy = jnp.maximum(x, floor + 0.12 * jax.random.normal(keys[6], x.shape))
    x = jnp.where(jax.random.uniform(keys[5], (batch, 1, 1)) < 0.4, noisy, x)
    x = jnp.where(jax.random.uniform(keys[7], (batch, 1, bands)) < 0.3 / bands, LOWEST, x)
    return jnp.clip(x, LOWEST, 0.8) + CENTRE


def smooth(density):
    shape = np.exp(-0.5 * (np.arange(-6, 7) / 1.5) ** 2)
    padded = jnp.pad(density, ((0, 0), (6, 6)))
    return sum(w * padded[:, i : i + density.shape[1]] for i, w in enumerate(shape / shape.sum()))


def loss(layers, key, x, lasts, density, placed, count, counted):
    """Where vowels are, within some 30 ms, and how many there are, as a ratio."""
    first, second = jax.random.split(key)
    found = density_of(layers, as_others_speak(x.astype(jnp.float32), first), second, 0.05)[:, : lasts.shape[1]] * lasts
    place = jnp.sum(jnp.sum((smooth(found) - smooth(density)) ** 2, 1) * placed) / (jnp.sum(lasts.sum(1) * placed) + 1e-6)
    ratio = jnp.sum(counted * jnp.log((found.sum(1) + 0.5) / (count + 0.5)) ** 2) / jnp.sum(counted)
    return 1000 * place + 30 * ratio, (1000 * place, ratio)


def teach(data, weights):
    rng, key = np.random.default_rng(0), jax.random.PRNGKey(1)
    layers = initial(jax.random.PRNGKey(0), data[0].shape[2])
    optimiser = optax.adamw(optax.warmup_cosine_decay_schedule(0, 4e-3, 200, STEPS), weight_decay=1e-3)
    state, chances, errors = optimiser.init(layers), np.cumsum(weights) / np.sum(weights), []

    @jax.jit
    def step(layers, state, key, *batch):
        (_, parts), gradient = jax.value_and_grad(loss, has_aux=True)(layers, key, *batch)
        updates, state = optimiser.update(gradient, state, layers)
        return optax.apply_updates(layers, updates), state, parts

    for i in range(STEPS):
        chosen, (key, own) = np.searchsorted(chances, rng.random(BATCH)), jax.random.split(key)
        layers, state, parts = step(layers, state, own, *(part[chosen] for part in data))
        errors.append(parts)
        if (i + 1) % 1000 == 0:
            print(i + 1, *np.mean(errors, 0).round(4), flush=True)
            errors = []
    return layers


def written(layers):
    steps, biases, raw = [], [], b''
    for w, b in layers:
        steps.append(float(f'{np.abs(w).max() / 127:.6g}'))
        biases.append([float(f'{x:.5g}') for x in b])
        raw += np.round(np.asarray(w) / steps[-1]).clip(-127, 127).astype(np.int8).tobytes()
    text = base64.b64encode(raw).decode()
    lines = ' +\n'.join(f"    '{text[i : i + 120]}'" for i in range(0, len(text), 120))
    return f"""// Written by training/train.py; training/README.md says from what.

/** What a SyllableNetwork has learned: see there for the order of the weights. */
export const SYLLABLE_WEIGHTS = {{
  /** Units of each layer. */
  units: {UNITS},
  /** By layer, what a weight of 1 stands for. */
  steps: {steps},
  /** By layer and unit. */
  biases: {biases},
  /** All weights, 8 bits each, in base64. */
  weights:
{lines},
}};
"""


if __name__ == '__main__':
    with ProcessPoolExecutor(2) as both:
        files = sorted(Path(sys.argv[1]).glob('*.json'))
        heard = [one for some in both.map(read, enumerate(files), chunksize=50) for one in some]
    *data, weights = (np.array(part) for part in zip(*heard))
    print(len(weights), 'utterances,', round(sum(lasts.sum() for lasts in data[1]) / 50 / 3600, 1), 'hours', flush=True)
    Path(sys.argv[2]).write_text(written(teach([part.astype(np.float32) if part.dtype == bool else part for part in data], weights)))
