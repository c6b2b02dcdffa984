import { Console } from 'node:console';
import { Writable } from 'node:stream';
import pino from 'pino';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emitEvent, type Logger, type StreamEvent } from '../../src/events/index.js';
import { logEvents } from '../../src/observability/log-events.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { startLocalService } from '../../src/service/index.js';
import { pcmSource } from '../support/audio.js';
import { genderRow, startScriptedServer } from '../support/scripted-server.js';
import { statistics, troubledSession } from './support/events.js';

afterEach(() => vi.restoreAllMocks());

function collect() {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** What a logger is told: level, message and event. */
function recorder() {
  const lines: [level: string, message: string, event: StreamEvent][] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push([level, message, (fields as { event: StreamEvent }).event]);
  return { lines, logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } };
}

function logged(levels?: Parameters<typeof logEvents>[1], events = troubledSession) {
  const { lines, logger } = recorder();
  const observer = logEvents(logger, levels);
  for (const event of events) emitEvent(observer, event);
  return lines;
}

describe('logEvents()', () => {
  it('writes each event once, at a level by what it means, with a sentence', () => {
    expect(logged().map(([level, message]) => [level, message])).toEqual([
      ['debug', 'stream 0 to api.example.com:443 connecting'],
      ['debug', 'stream 0 to api.example.com:443 open'],
      ['debug', '10.0 s of audio sent so far: 0 utterances, 0 segments, 0 reconnects'],
      ['debug', '4.0 s of audio missing from 10.0 s on: gated'],
      ['warn', '0.5 s of audio missing from 15.0 s on: dropped'],
      ['debug', 'utterance from 0.0 s to 2.0 s answered'],
      ['debug', 'utterance from 0.0 s to 2.0 s answered'],
      ['debug', 'segment from 2.0 s to 4.0 s answered'],
      ['warn', 'stream 0 to api.example.com:443 failed (STREAM_FAILED); attempt 1 in 0.3 s'],
      ['debug', 'stream 1 to api.example.com:443 connecting'],
      ['info', 'stream 1 to api.example.com:443 begins with 3.0 s of audio again'],
      ['info', 'stream 1 to api.example.com:443 rotated'],
      ['warn', 'much of it is clipped'],
      ['info', '25.0 s of audio sent: 1 utterances, 1 segments, 1 reconnects'],
      ['error', 'session with api.example.com:443 failed (UNAUTHENTICATED)'],
    ]);
    expect(logged().map(([, , event]) => event)).toEqual(troubledSession);
  });

  it('tells calls and their legs in a sentence each, and keeps the keys that callers press to itself', () => {
    const rtp = { type: 'rtp', address: '10.0.0.7', port: 4000, ssrc: 1, atMs: 0 } as const;
    const events: StreamEvent[] = [
      { ...rtp, state: 'started' },
      { type: 'rtp', state: 'stalled', quietMs: 15_000 },
      { type: 'dtmf', digit: '4', startMs: 1000, durationMs: 80 },
      { type: 'mark', state: 'played', name: 'greeting', atMs: 2500 },
      { type: 'gate', state: 'ended', atMs: 9000, sentMs: 4000, savedMs: 5000 },
      { type: 'budget', maxAudioMs: 60_000, usedMs: 60_000, atMs: 61_000, sessionId: 'x' },
      { type: 'leg', state: 'failed', callId: 'c', leg: 'agent', failed: 'audio', error: new Error('gone') },
      { type: 'turn', kind: 'response-gap', callId: 'c', leg: 'agent', to: 'customer', startMs: 0, endMs: 400, gapMs: 400 },
    ];
    expect(logged({}, events).map(([level, message]) => [level, message])).toEqual([
      ['info', 'RTP started: from 10.0.0.7, port 4000'],
      ['info', 'RTP stalled after 15.0 s of nothing'],
      ['debug', 'mark played at 2.5 s'],
      ['debug', 'gate ended at 9.0 s: 4.0 s sent, 5.0 s saved'],
      ['warn', 'budget of 60.0 s used up at 61.0 s'],
      ['info', 'leg agent of call c failed in its audio'],
      ['debug', 'call c: agent answered customer after a gap from 0.0 s to 0.4 s'],
    ]);
    expect(logged({ levels: { dtmf: 'debug' } }, events).map(([, message]) => message)).toContain('key pressed at 1.0 s');
  });

  it('takes other levels, the narrower topic before the wider', () => {
    const levels = { session: 'info', 'session.reconnecting': 'error', result: 'silent', statistics: 'silent' } as const;
    const lines = logged({ levels });
    expect(lines.filter(([, , { type }]) => type === 'result' || type === 'statistics')).toEqual([]);
    expect(
      lines.flatMap(([level, , event]) => (event.type === 'session' ? [`${event.state} ${level}`] : [])).slice(0, 4),
    ).toEqual(['connecting info', 'open info', 'reconnecting error', 'connecting info']);
    // Whoever sets the level of a type has set it for failures too.
    expect(lines.at(-1)?.[0]).toBe('info');
    const totals = logged({ levels: { 'statistics.final': 'warn' } }, [statistics({}), statistics({ final: true })]);
    expect(totals.map(([level]) => level)).toEqual(['debug', 'warn']);
  });

  it('writes valid lines with pino, whose own fields stay what they are', () => {
    const { stream, text } = collect();
    const observer = logEvents(pino({ level: 'debug' }, stream));
    for (const event of troubledSession) observer.next?.(event);
    const lines = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; msg: string; event: StreamEvent });
    expect(lines.map(({ event }) => event)).toEqual(JSON.parse(JSON.stringify(troubledSession)));
    // A result's `level` is not the line's.
    expect(lines.find(({ event }) => event.type === 'result')).toMatchObject({ level: 20, event: { level: 'utterance' } });
    expect(text().match(/"level":\d+/g)).toHaveLength(lines.length);
  });

  it('writes to a console', () => {
    const { stream, text } = collect();
    const observer = logEvents(new Console({ stdout: stream, stderr: stream }));
    for (const event of troubledSession) observer.next?.(event);
    expect(text()).toContain('stream 1 to api.example.com:443 rotated');
  });

  it('leaves details out for a logger without debug()', () => {
    const { lines, logger } = recorder();
    const { debug: _, ...small } = logger;
    const observer = logEvents(small);
    for (const event of troubledSession) observer.next?.(event);
    expect(lines.map(([level]) => level)).toEqual(['warn', 'warn', 'info', 'info', 'warn', 'info', 'error']);
  });

  it('keeps the methods of a logger that needs its `this`', () => {
    class Counting implements Logger {
      readonly #lines: string[] = [];
      info = (_: object, message: string) => void this.#lines.push(message);
      warn = this.info;
      error(_: object, message: string) {
        this.#lines.push(message);
      }
      get count() {
        return this.#lines.length;
      }
    }
    const logger = new Counting();
    const observer = logEvents(logger);
    for (const event of troubledSession) observer.next?.(event);
    expect(logger.count).toBe(7);
  });

  it('never lets a token, an answer or audio into the log, nor a session suffer from a logger that throws', async () => {
    const { stream, text } = collect();
    await using service = await startScriptedServer((call) => {
      call.on('data', () => {});
      call.on('end', () => {
        call.write({ pid: 1, cid: 1, messageId: 1, result: [genderRow('utterance', '7', '0', '1.8')] });
        call.end();
      });
    });
    const stream$ = (logger: Logger, apiKey: string) =>
      pcmSource(2000, 250).source$.pipe(
        behavioralSignals({ ...service.connection, apiKey, events: logEvents(logger), statisticsIntervalMs: 100 }),
      );
    await lastValueFrom(stream$(pino({ level: 'trace' }, stream), 'S3CR3T-token'));
    expect(text()).toContain('answered');
    expect(text()).not.toMatch(/S3CR3T|female|10000119/);

    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broken = () => {
      throw new Error('disk full');
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    await expect(lastValueFrom(stream$(logger, 'x'))).resolves.toMatchObject({ level: 'utterance' });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('disk full'), expect.anything());
  });

  it('says the same through the service, which takes the same loggers', async () => {
    const { stream, text } = collect();
    await using service = await startLocalService({ logger: pino(stream), vad: 'light' });
    expect(service.connection.endpoint).toBeDefined();
    expect(text()).not.toContain(service.connection.apiKey);
  });

  it.each<unknown>([undefined, null, 'console', {}, { info: () => {}, warn: () => {} }])('refuses %j as a logger', (logger) => {
    expect(() => logEvents(logger as Logger)).toThrow(expect.objectContaining({ option: 'logEvents(logger)' }));
  });

  it('refuses levels that do not exist', () => {
    expect(() => logEvents(console, { levels: { gap: 'fatal' as 'warn' } })).toThrow(/levels: \{ 'gap' \}.*must be 'debug'/);
  });
});
