/** Spans of speech in the recorded calls by channel, in seconds, from the fixtures' ground truth. */
export const KNOWN_CALLS = [
  {
    file: 'call/humans_mulaw_8k.wav',
    channel: 0,
    spans: [
      [0.8, 6.19],
      [10.38, 11.835],
      [16.59, 18.71],
    ],
  },
  {
    file: 'call/humans_mulaw_8k.wav',
    channel: 1,
    spans: [
      [6.79, 9.68],
      [12.935, 16.09],
      [19.11, 24.03],
    ],
  },
  {
    file: 'call/support_mulaw_8k.wav',
    channel: 0,
    spans: [
      [0.8, 3.465],
      [8.565, 11.895],
      [12.805, 13.255],
    ],
  },
  {
    file: 'call/support_mulaw_8k.wav',
    channel: 1,
    spans: [
      [3.965, 6.665],
      [11.195, 12.005],
    ],
  },
] as const;
