"""What the network sees of speech, as src/engine/features/syllable-density.ts computes it, and the channels that speech is put through."""
import numpy as np
from scipy.signal import butter, lfilter, resample_poly, sosfilt

RATE, WINDOW, HOP, FFT = 16000, 800, 160, 1152
EDGES = [100, 200, 300, 400, 550, 700, 900, 1150, 1450, 1800, 2200, 2500, 3000, 4000]
LOWEST, HIGHEST, CENTRE, AHEAD, FADE = -5.5, 0.5, 2.5, 20, 0.02
HANN = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
BINS = [(int(np.ceil(low * FFT / RATE)), int(high * FFT / RATE) + 1) for low, high in zip(EDGES, EDGES[1:])]
TELEPHONE = butter(4, [280, 3450], 'bandpass', fs=RATE, output='sos')
# Pink noise from white (Smith 2011, "Spectral Audio Signal Processing", section on 1/f noise).
PINK = [0.049922035, -0.095993537, 0.050612699, -0.004408786], [1, -2.494956002, 2.017265875, -0.522189400]


def features(samples):
    """Frames of 10 ms by 13 bands: dB relative to the loudest so far, in units of 10 dB."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft((frames - frames.mean(1, keepdims=True)) * HANN, FFT)) ** 2 * 2 / (FFT * np.sum(HANN**2))
    bands = np.stack([power[:, first:last].sum(1) + 1e-12 for first, last in BINS], 1)
    level = 10 * np.log10(bands.sum(1))
    loudest, so_far = np.empty(len(level)), level[: AHEAD + 1].max()
    for i in range(len(level)):
        so_far = max(level[min(i + AHEAD, len(level) - 1)], so_far - FADE * (i > 0))
        loudest[i] = so_far
    return np.clip((10 * np.log10(bands) - loudest[:, None]) / 10, LOWEST, HIGHEST) + CENTRE


def through_a_channel(samples, rate, rng):
    """Speech as another speaker (resampling moves pitch, formants and rate), by another channel, in noise; and how much faster it is."""
    faster = np.exp(rng.uniform(np.log(0.82), np.log(1.22))) if rng.random() < 0.7 else 1
    divisor = round(rate * faster / 40)
    x = resample_poly(samples, RATE // 40, divisor)
    if rng.random() < 0.5:
        x = lfilter([1, -rng.uniform(-0.7, 0.7)], [1], x)
    if rng.random() < 0.35:
        x = sosfilt(TELEPHONE, x)
    if rng.random() < 0.3:
        delay, echo = int(rng.uniform(0.005, 0.03) * RATE), rng.uniform(0.1, 0.5)
        x = lfilter([1] + [0] * (delay - 1) + [echo * 0.6], [1] + [0] * (delay - 1) + [-echo], x)
    x = x / np.sqrt(np.mean(x**2) + 1e-9) * 10 ** (rng.uniform(-35, -18) / 20)
    if rng.random() < 0.5:
        noise = rng.normal(size=len(x))
        noise = lfilter(*PINK, noise) if rng.random() < 0.5 else noise
        loud = np.abs(x) > np.percentile(np.abs(x), 60)
        x = x + noise * np.sqrt(np.mean(x[loud] ** 2) / np.mean(noise**2)) * 10 ** (-rng.uniform(5, 35) / 20)
    return x + rng.normal(size=len(x)) * 10 ** (-rng.uniform(60, 80) / 20), divisor * 40 / rate
