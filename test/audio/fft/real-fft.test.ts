import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft, RealFft } from '../../../src/audio/fft/index.js';

beforeAll(loadFft);

describe('RealFft', () => {
  it.each([512, 1024, 1152])('agrees with the definition, forward and back (%i)', (length) => {
    const fft = new RealFft(length);
    const input = Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.01) + (i === 3 ? 2 : 0));
    fft.samples.set(input);
    fft.forward();
    for (const bin of [1, 2, 17, length / 2 - 1]) {
      let [re, im] = [0, 0];
      for (let i = 0; i < length; i += 1) {
        re += input[i]! * Math.cos((2 * Math.PI * bin * i) / length);
        im -= input[i]! * Math.sin((2 * Math.PI * bin * i) / length);
      }
      expect(fft.spectrum[2 * bin]).toBeCloseTo(re, 2);
      expect(fft.spectrum[2 * bin + 1]).toBeCloseTo(im, 2);
    }
    expect(fft.spectrum[0]).toBeCloseTo(
      input.reduce((sum, x) => sum + x, 0),
      2,
    );
    expect(fft.spectrum[1]).toBeCloseTo(
      input.reduce((sum, x, i) => sum + (i % 2 ? -x : x), 0),
      2,
    );
    fft.backward();
    for (let i = 0; i < length; i += 1) expect(fft.samples[i]! / length).toBeCloseTo(input[i]!, 4);
    fft.free();
    fft.free();
  });

  it('keeps its place when the memory of WebAssembly grows', () => {
    const first = new RealFft(512);
    const { samples } = first;
    samples[0] = 1;
    const others = Array.from({ length: 3000 }, () => new RealFft(1152));
    first.samples.fill(0)[0] = 1;
    first.forward();
    expect(first.spectrum[0]).toBe(1);
    for (const other of others) other.free();
    first.free();
  });

  it.each([0, 16, 514, 32 * 7, 64.5, Number.NaN])('refuses a length it cannot transform: %f', (length) => {
    expect(() => new RealFft(length)).toThrow(`no Fourier transform of length ${length}`);
  });
});
