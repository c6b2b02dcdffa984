// Original file: proto/behavioral_api.proto

export const AudioEncoding = {
  LINEAR_PCM: 'LINEAR_PCM',
} as const;

export type AudioEncoding =
  | 'LINEAR_PCM'
  | 0

export type AudioEncoding__Output = typeof AudioEncoding[keyof typeof AudioEncoding]
