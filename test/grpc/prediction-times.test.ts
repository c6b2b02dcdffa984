import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { pcmSource } from '../support/audio.js';
import { genderRow, startScriptedServer } from '../support/scripted-server.js';

it("a prediction's times are free of the noise of binary fractions", async () => {
  await using server = await startScriptedServer((call) => {
    call.on('error', () => {});
    call.on('data', () => {});
    call.on('end', () => {
      call.write({ cid: 1, pid: 1, messageId: 0, result: [genderRow('utterance', '1', '13.084', '16.004')] });
      call.end();
    });
  });
  const audio$ = pcmSource(17_000, 250).source$;
  const { startMs, endMs } = await firstValueFrom(audio$.pipe(behavioralSignals(server.connection)));
  // As a product of seconds it is 16004.000000000002.
  expect([startMs, endMs]).toEqual([13_084, 16_004]);
});
