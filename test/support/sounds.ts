import { SeededRandom } from './seeded-random.js';

/** A sound's sample at a time in seconds, -1 to 1; called in order. */
type Wave = (seconds: number) => number;

const sine = (hz: number, seconds: number) => Math.sin(2 * Math.PI * hz * seconds);
const midiHz = (note: number) => 440 * 2 ** ((note - 69) / 12);

/** A string or a horn: harmonics that fall off, the higher the faster. */
function harmonics(hz: number, seconds: number, count = 8): number {
  let sum = 0;
  for (let n = 1; n <= count; n += 1) sum += sine(n * hz, seconds) / n;
  return sum / 2;
}

/** Notes of one length each, with an attack of 10 ms and a decay. */
function notes(sequence: readonly number[], noteSeconds: number, decaySeconds: number): Wave {
  return (seconds) => {
    const at = seconds % noteSeconds;
    const note = sequence[Math.floor(seconds / noteSeconds) % sequence.length]!;
    return harmonics(midiHz(note), at) * Math.min(1, at / 0.01) * Math.exp(-at / decaySeconds);
  };
}

function chords(sequence: readonly (readonly number[])[], chordSeconds: number, decaySeconds: number): Wave {
  return (seconds) => {
    const at = seconds % chordSeconds;
    const chord = sequence[Math.floor(seconds / chordSeconds) % sequence.length]!;
    const sum = chord.reduce((total, note) => total + harmonics(midiHz(note), at), 0);
    return (sum / chord.length) * Math.min(1, at / 0.02) * Math.exp(-at / decaySeconds);
  };
}

/** Noise bursts on the beat, and lower thuds on every second one. */
function drums(beatSeconds: number, random: SeededRandom): Wave {
  return (seconds) => {
    const hat = seconds % beatSeconds;
    const kick = seconds % (2 * beatSeconds);
    return 0.4 * random.between(-1, 1) * Math.exp(-hat / 0.03) + 0.8 * sine(60, kick) * Math.exp(-kick / 0.08);
  };
}

function violin(sequence: readonly number[], noteSeconds: number, vibratoCents: number): Wave {
  let phase = 0;
  let before = 0;
  return (seconds) => {
    const note = sequence[Math.floor(seconds / noteSeconds) % sequence.length]!;
    const hz = midiHz(note) * 2 ** ((vibratoCents * sine(5.5, seconds)) / 1200);
    phase += hz * (seconds - before);
    before = seconds;
    const at = seconds % noteSeconds;
    return harmonics(1, phase) * Math.min(1, at / 0.08, (noteSeconds - at) / 0.05);
  };
}

const PROGRESSION = [
  [60, 64, 67],
  [57, 60, 64],
  [65, 69, 72],
  [55, 59, 62],
];
const MELODY = [72, 74, 76, 79, 76, 74, 72, 69, 67, 69, 72, 74];

const on = (seconds: number, period: number, active: number) => seconds % period < active;

/** What is heard on a line while nobody speaks, each the same on every run: `wave(random)` makes one. */
const WAVES: Readonly<Record<string, (random: SeededRandom) => Wave>> = {
  'chords with drums': (random) => {
    const [chord, drum] = [chords(PROGRESSION, 2, 1.5), drums(0.25, random)];
    return (seconds) => 0.6 * chord(seconds) + 0.5 * drum(seconds);
  },
  'strummed chords': () => chords(PROGRESSION, 0.5, 0.3),
  'drums alone': (random) => drums(0.22, random),
  arpeggios: () =>
    notes(
      PROGRESSION.flatMap(([a, b, c]) => [a!, b!, c!, a! + 12, c!, b!]),
      0.2,
      0.3,
    ),
  'fast plucked notes': () => notes(MELODY, 0.12, 0.08),
  strings: () =>
    chords(
      PROGRESSION.map((chord) => [...chord, chord[0]! - 12]),
      4,
      8,
    ),
  'melody with a slight vibrato': () => violin(MELODY, 0.6, 15),
  'melody with a wide vibrato': () => violin(MELODY, 0.6, 50),
  'melody with pauses': () => {
    const melody = violin(MELODY, 0.35, 30);
    return (seconds) => (on(seconds, 2.1, 1.4) ? melody(seconds) : 0);
  },
  'wide vibrato with pauses': () => {
    const melody = violin(MELODY, 0.5, 50);
    return (seconds) => (on(seconds, 3, 2) ? melody(seconds) : 0);
  },
  'ringing tone': () => (seconds) => (on(seconds, 6, 2) ? 0.5 * (sine(440, seconds) + sine(480, seconds)) : 0),
  'busy tone': () => (seconds) => (on(seconds, 1, 0.5) ? 0.5 * (sine(480, seconds) + sine(620, seconds)) : 0),
  'DTMF digits': () => (seconds) =>
    on(seconds, 0.2, 0.1)
      ? 0.5 *
        (sine([697, 770, 852, 941][Math.floor(seconds / 0.2) % 4]!, seconds) +
          sine([1209, 1336, 1477][Math.floor(seconds / 0.2) % 3]!, seconds))
      : 0,
  'fax calling': () => (seconds) => (on(seconds, 3.5, 0.5) ? sine(1100, seconds) : 0),
  'modem carrier': (random) => {
    let sign = 1;
    let symbol = -1;
    return (seconds) => {
      if (Math.floor(seconds * 600) !== symbol) {
        symbol = Math.floor(seconds * 600);
        sign = random.next() < 0.5 ? 1 : -1;
      }
      return sign * sine(1800, seconds);
    };
  },
  siren: () => {
    let phase = 0;
    let before = 0;
    return (seconds) => {
      phase += (700 + 300 * sine(0.4, seconds)) * (seconds - before);
      before = seconds;
      return harmonics(1, phase);
    };
  },
  'line hum': () => (seconds) => 0.05 * harmonics(50, seconds, 6),
  'white noise': (random) => () => random.between(-1, 1),
  'noise in syllables': (random) => (seconds) => random.between(-1, 1) * Math.max(0, sine(2, seconds)),
  wind: (random) => {
    let low = 0;
    let gust = 0;
    return () => {
      low += 0.03 * (random.between(-1, 1) - low);
      gust += 0.0002 * (random.between(-1, 1) * 40 - gust);
      return 4 * low * Math.abs(gust);
    };
  },
  typing: (random) => {
    let next = 0;
    let stroke = 0;
    return (seconds) => {
      if (seconds >= next) {
        stroke = seconds;
        next = seconds + random.between(0.08, 0.4);
      }
      return random.between(-1, 1) * Math.exp(-(seconds - stroke) / 0.006);
    };
  },
  'digital silence': () => () => 0,
};

/** Names of {@link sound}s that hold no speech: music, telephone signals, machines, noise. */
export const SOUNDS_WITHOUT_SPEECH = Object.keys(WAVES);

/** Some seconds of a sound that nobody speaks, 16-bit mono. */
export function sound(name: string, seconds: number, sampleRate: number, peak = 8000): Int16Array {
  const wave = WAVES[name]!(new SeededRandom(7));
  return Int16Array.from({ length: seconds * sampleRate }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, Math.round(peak * wave(i / sampleRate)))),
  );
}
