// @ts-check
// Streams recordings one after the other, with the silence or without.
import { behavioralSignals, channel, chunk, decode, fromFile, gateSilence, toPcm16le } from 'behavioral-signals-rx';
import { lastValueFrom, toArray } from 'rxjs';
import { answerParent } from '../measuring/answer-parent.mjs';
import { API_KEY, FIRST_CID } from './wire.mjs';

answerParent({
  stream: async (/** @type {{ port: number, audio: { file: string, channel: number }[], gated: boolean }} */ options) => {
    const { port, audio, gated } = options;
    const connection = { endpoint: `http://127.0.0.1:${port}`, cid: FIRST_CID, apiKey: API_KEY };
    let sentMs = 0;
    let audioMs = 0;
    const events = {
      next: (/** @type {import('behavioral-signals-rx').StreamEvent} */ event) => {
        if (event.type === 'statistics') sentMs += event.sentMs;
        if (event.type === 'format') audioMs += event.durationMs ?? 0;
      },
    };
    const utterances = [];
    const before = process.cpuUsage();
    for (const [stream, { file, channel: index }] of audio.entries()) {
      const pcm$ = fromFile(file).pipe(decode({ events }), channel(index), toPcm16le({ events }));
      const predictions = await lastValueFrom(
        (gated ? pcm$.pipe(gateSilence({ events })) : pcm$).pipe(
          chunk(250),
          behavioralSignals({ ...connection, level: 'utterance', events }),
          toArray(),
        ),
      );
      utterances.push(...predictions.map(({ startMs, endMs }) => ({ stream, startMs, endMs })));
    }
    const { user, system } = process.cpuUsage(before);
    return { utterances, sentSeconds: sentMs / 1000, cpuMsPerSecond: (user + system) / audioMs };
  },
});
