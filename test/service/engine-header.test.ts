import { expect, it } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

it.each(['StreamAudio', 'DeepfakeDetection'] as const)('%s names the engine before anything is sent to it', async (method) => {
  await using service = await startLocalService({ engine: levelMeter({ name: 'level-meter/1 vad=none' }).engine });
  await using client = new WireClient(service);
  const call = client.call(method);
  expect((await call.metadata).get('x-behavioral-signals-engine')).toEqual(['level-meter/1 vad=none']);
  call.stream.cancel();
});

it('the local engine names itself and its voice activity detector', async () => {
  await using service = await startLocalService({ vad: 'light' });
  expect(service.engine).toMatch(/^local-dsp\/\d+ vad=light$/);
});

it('a name that headers cannot carry is made one that they can', async () => {
  await using service = await startLocalService({ engine: levelMeter({ name: 'mètre\n1' }).engine });
  await using client = new WireClient(service);
  const call = client.call();
  expect((await call.metadata).get('x-behavioral-signals-engine')).toEqual(['m?tre?1']);
  call.stream.cancel();
});
