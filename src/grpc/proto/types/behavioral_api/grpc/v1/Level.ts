// Original file: proto/behavioral_api.proto

export const Level = {
  segment: 'segment',
  utterance: 'utterance',
} as const;

export type Level =
  | 'segment'
  | 0
  | 'utterance'
  | 1

export type Level__Output = typeof Level[keyof typeof Level]
