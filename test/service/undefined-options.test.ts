import { expect, it } from 'vitest';
import { type LocalServiceOptions, startLocalService } from '../../src/service/index.js';

// The types are half of it: users with `exactOptionalPropertyTypes` could not pass on what they may not have.
const nothing: { [Name in keyof LocalServiceOptions]-?: undefined } = {
  port: undefined,
  host: undefined,
  projects: undefined,
  vad: undefined,
  segmentation: undefined,
  language: undefined,
  models: undefined,
  workers: undefined,
  workerFile: undefined,
  engine: undefined,
  tls: undefined,
  allowInsecure: undefined,
  maxStreams: undefined,
  maxMessageBytes: undefined,
  rest: undefined,
  logger: undefined,
  signal: undefined,
};

it('an option of the local service that is undefined is one that is not given', async () => {
  const options: LocalServiceOptions = nothing;
  await using service = await startLocalService(options);
  expect(service.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});
