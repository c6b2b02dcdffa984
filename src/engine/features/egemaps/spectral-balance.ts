import { SHORT_BIN_HZ } from '../short-spectrum.js';

const POWER_FLOOR = 1e-12;

/** Energy from 1 to 5 kHz over that from 50 Hz to 1 kHz, in dB: rises with vocal effort. */
export function alphaRatio(power: Float64Array): number {
  return decibels(sum(power, 1000, 5000)) - decibels(sum(power, 50, 1000));
}

/** The highest peak below 2 kHz over the highest from 2 to 5 kHz, in dB (Hammarberg et al. 1980). */
export function hammarbergIndex(power: Float64Array): number {
  return decibels(peak(power, 0, 2000)) - decibels(peak(power, 2000, 5000));
}

/** Slope of the straight line through the level of the bins between two frequencies, in dB per Hz. */
export function spectralSlope(power: Float64Array, fromHz: number, toHz: number): number {
  const first = Math.ceil(fromHz / SHORT_BIN_HZ);
  const last = Math.floor(toHz / SHORT_BIN_HZ);
  const middle = (first + last) / 2;
  let covariance = 0;
  let variance = 0;
  for (let bin = first; bin <= last; bin += 1) {
    covariance += (bin - middle) * decibels(power[bin]!);
    variance += (bin - middle) ** 2;
  }
  return covariance / variance / SHORT_BIN_HZ;
}

function sum(power: Float64Array, fromHz: number, toHz: number): number {
  let total = 0;
  for (let bin = Math.ceil(fromHz / SHORT_BIN_HZ); bin * SHORT_BIN_HZ < toHz; bin += 1) total += power[bin]!;
  return total;
}

function peak(power: Float64Array, fromHz: number, toHz: number): number {
  let highest = 0;
  for (let bin = Math.ceil(fromHz / SHORT_BIN_HZ); bin * SHORT_BIN_HZ < toHz; bin += 1) highest = Math.max(highest, power[bin]!);
  return highest;
}

function decibels(power: number): number {
  return 10 * Math.log10(Math.max(power, POWER_FLOOR));
}
