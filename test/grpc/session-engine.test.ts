import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { SessionEvent, StreamEvent } from '../../src/events/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from '../service/level-meter.js';
import { pcmSource } from '../support/audio.js';

it('no event names an engine before the server has named it', async () => {
  await using service = await startLocalService({ engine: levelMeter({ name: 'local-test' }).engine });
  const steps: SessionEvent[] = [];
  const events = { next: (event: StreamEvent) => event.type === 'session' && steps.push(event) };
  const predictions$ = pcmSource(3000, 250).source$.pipe(behavioralSignals({ ...service.connection, events }));
  await lastValueFrom(predictions$, { defaultValue: undefined });
  expect(new Set(steps.flatMap(({ engine }) => engine ?? []))).toEqual(new Set(['local']));
  expect(steps.find(({ state }) => state === 'open')).toBeDefined();
  expect(steps.find(({ state }) => state === 'drained')).toMatchObject({ engine: 'local' });
});
