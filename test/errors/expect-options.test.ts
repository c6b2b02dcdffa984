import fc from 'fast-check';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createBatchClient } from '../../src/batch/index.js';
import { expectOptions, OptionError } from '../../src/errors/index.js';
import * as library from '../../src/index.js';
import { openTelemetryEvents } from '../../src/observability/open-telemetry-events.js';
import { onnxModel, startLocalService } from '../../src/service/index.js';
import * as telephony from '../../src/telephony/index.js';
import * as testing from '../../src/testing/index.js';
import * as vad from '../../src/vad/index.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';

const names = { reconnect: true, tasks: true, events: true, maxDelayMs: true };
type Names = Partial<Record<keyof typeof names, unknown>>;

/** What is said of options; undefined when nothing is. */
function said(options: object): string | undefined {
  try {
    expectOptions<Names>('stream', options as Names, names);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return (error as Error).message;
  }
}

describe('names of options', () => {
  it('are taken when they are known, or have no value', () => {
    expect(said({})).toBeUndefined();
    expect(said({ reconnect: 1, tasks: null, maxDelayMs: undefined })).toBeUndefined();
    expect(said({ nonsense: undefined })).toBeUndefined();
  });

  it.each([
    ['reconect', 'reconnect'],
    ['reconnetc', 'reconnect'],
    ['Reconnect', 'reconnect'],
    ['event', 'events'],
    ['maxDelay', 'maxDelayMs'],
    ['maxdelayms', 'maxDelayMs'],
  ])('are refused when they are mistyped, with what was meant: %s', (name, meant) => {
    expect(said({ [name]: 1 })).toBe(`stream({ ${name} }): is no option; did you mean ${meant}?`);
  });

  it.each(['x', 'toString', 'constructor', 'bitrate'])('are refused with those there are when none is near: %s', (name) => {
    expect(said({ [name]: 1 })).toBe(`stream({ ${name} }): is no option; those there are: reconnect, tasks, events, maxDelayMs`);
  });

  it.each([null, 5, 'fast', ['a'], () => {}])('are of an object: %j', (options) => {
    expect(said(options as object)).toMatch(/^stream\(options\): must be an object of options, but got/);
  });

  it('are put right from any one slip', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(names)), fc.nat(), fc.constantFrom('', 'x', 'xx'), (name, at, instead) => {
        const index = at % name.length;
        const mistyped = name.slice(0, index) + instead.slice(0, 1) + name.slice(instead.length > 1 ? index : index + 1);
        if (!Object.hasOwn(names, mistyped)) expect(said({ [mistyped]: 1 })).toContain(`did you mean ${name}?`);
      }),
    );
  });
});

describe('a mistyped option', () => {
  const anywhere = { ...library, ...telephony, ...testing, ...vad, onnxModel, openTelemetryEvents } as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const connection = { cid: 1, apiKey: 'some-token', endpoint: 'http://127.0.0.1:1' };

  it.each<[string, readonly unknown[], string]>([
    [
      'behavioralSignals',
      [{ ...connection, reconect: false }],
      'behavioralSignals({ reconect }): is no option; did you mean reconnect?',
    ],
    [
      'behavioralSignals',
      [{ ...connection, tasks: ['age'] }],
      'behavioralSignals({ tasks }): is no option; those there are: cid, ',
    ],
    [
      'behavioralSignals',
      [{ ...connection, reconnect: { maxAttempt: 1 } }],
      'behavioralSignals({ reconnect: { maxAttempt } }): ',
    ],
    ['behavioralSignals', [{ ...connection, budget: { maxAudio: 1 } }], 'behavioralSignals({ budget: { maxAudio } }): '],
    [
      'behavioralSignals',
      [{ ...connection, endpoint: 'localhost:1', tls: { cacert: '' } }],
      'behavioralSignals({ tls: { cacert } }): ',
    ],
    ['detectDeepfakes', [{ ...connection, levels: 'all' }], 'detectDeepfakes({ levels }): is no option; did you mean level?'],
    ['budget', [{ maxAudio: 1 }], 'budget({ maxAudio }): is no option; did you mean maxAudioMs?'],
    ['chunk', [{ milliseconds: 250 }], 'chunk(ms): must be a number'],
    ['resample', [{ rate: 16_000 }], 'resample(rate): must be a whole number'],
    ['bufferLive', [{ maxMS: 1 }], 'bufferLive({ maxMS }): is no option; did you mean maxMs?'],
    ['decode', [{ formats: {} }], 'decode({ formats }): is no option; did you mean format?'],
    ['decode', [{ format: { encoding: 's16le', samplerate: 8000 } }], 'decode({ format: { samplerate } }): '],
    ['forTurn', [0, 1, { wait: 1 }], 'forTurn({ wait }): '],
    ['gateSilence', [{ hangover: 1 }], 'gateSilence({ hangover }): is no option; did you mean hangoverMs?'],
    ['mapAsync', [() => {}, { concurency: 2 }], 'mapAsync({ concurency }): is no option; did you mean concurrency?'],
    ['pace', [{ sped: 2 }], 'pace({ sped }): is no option; did you mean speed?'],
    ['toPcm16le', [{ event: {} }], 'toPcm16le({ event }): is no option; did you mean events?'],
    ['toReadable', [of(), { objectmode: true }], 'toReadable({ objectmode }): is no option; did you mean objectMode?'],
    ['fromReadable', [[], { labl: 'x' }], 'fromReadable({ labl }): is no option; did you mean label?'],
    ['fromFfmpeg', [{}, { labl: 'x' }], 'fromFfmpeg({ labl }): '],
    ['fromFfmpegInput', ['a.mp3', { channel: 1 }], 'fromFfmpegInput({ channel }): is no option; did you mean channels?'],
    ['fromFfmpegInput', ['rtsp://a/b', { live: { maxByte: 1 } }], 'fromFfmpegInput({ live: { maxByte } }): '],
    ['fromFfmpegInput', ['rtsp://a/b', { restart: { maxAttempt: 1 } }], 'fromFfmpegInput({ restart: { maxAttempt } }): '],
    ['fromFrames', [[], { sampelRate: 1 }], 'fromFrames({ sampelRate }): is no option; did you mean sampleRate?'],
    ['fromMicrophone', [{ devise: 'x' }], 'fromMicrophone({ devise }): is no option; did you mean device?'],
    ['findFfmpeg', [{ paths: 'x' }], 'findFfmpeg({ paths }): is no option; did you mean path?'],
    ['fromFrames', [[], { live: { maxByte: 1 } }], 'fromFrames({ live: { maxByte } }): is no option; did you mean maxBytes?'],
    ['fromPcap', ['a.pcap', { sped: 1 }], 'fromPcap({ sped }): is no option; did you mean speed?'],
    ['call', [{ callid: 'x', legs: {} }], 'call({ callid }): is no option; did you mean callId?'],
    ['fromAudioHook', [{}, { reqest: {} }], 'fromAudioHook({ reqest }): is no option; did you mean request?'],
    ['fromAudioSocket', [{}, { maxMessageBytes: 1 }], 'fromAudioSocket({ maxMessageBytes }): is no option; '],
    ['fromPcmSocket', [{}, undefined, { inferGap: true }], 'fromPcmSocket({ inferGap }): is no option; did you mean inferGaps?'],
    ['fromTelephonySocket', [{}, { reorder: 1 }], 'fromTelephonySocket({ reorder }): is no option; did you mean reorderMs?'],
    ['logEvents', [console, { level: 'x' }], 'logEvents({ level }): is no option; did you mean levels?'],
    ['call', [{ callId: 'x', legs: {}, turns: { bridge: 1 } }], 'turns.bridge: is no option; did you mean bridgeMs?'],
    ['fromPcap', ['a.pcap', { jitter: { target: 1 } }], 'fromPcap({ jitter: { target } }): is no option; did you mean targetMs?'],
    [
      'fromTelephonySocket',
      [new FakeWebSocket(), { stall: { firstMS: 1 } }],
      'fromTelephonySocket({ stall: { firstMS } }): is no option; did you mean',
    ],
    ['verifyAudioHookSignature', [{}, [], { maxAge: 1 }], 'verifyAudioHookSignature({ maxAge }): is no option; did you mean'],
    [
      'onnxModel',
      [{ path: 'x', labels: [], temprature: 2 }],
      'onnxModel({ temprature }): is no option; did you mean temperature?',
    ],
    ['comparePredictions', [[], [], { tolerance: 1 }], 'comparePredictions({ tolerance }): is no option; did you mean'],
    ['expectSamePredictions', [[], [], { task: false }], 'comparePredictions({ task }): is no option; did you mean tasks?'],
    [
      'randomFaultPlan',
      [{ seed: 1, count: 1, durationMs: 1, kind: [] }],
      'randomFaultPlan({ kind }): is no option; did you mean',
    ],
  ])('of %s(%j) is an error at once', (name, args, message) => {
    expect(() => anywhere[name]!(...args)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it.each<[object, string]>([
    [{ ...connection, endpoint: undefined, retries: false }, 'createBatchClient({ retries }): '],
    [{ ...connection, endpoint: undefined, retry: { maxAttempt: 1 } }, 'createBatchClient({ retry: { maxAttempt } }): '],
    [{ ...connection, endpoint: undefined, poll: { maxDelay: 1 } }, 'createBatchClient({ poll: { maxDelay } }): '],
  ])('of createBatchClient(%j) is one, too', (options, message) => {
    expect(() => createBatchClient(options)).toThrow(message);
  });

  it('of bindRtp(), too', async () => {
    await expect(telephony.bindRtp({ overfow: 'error' } as object)).rejects.toThrow(
      'bindRtp({ overfow }): is no option; did you mean',
    );
  });

  it.each<[string, readonly unknown[], string]>([
    ['bindRtp', [{ stall: { laterMS: 1 } }], 'bindRtp({ stall: { laterMS } }): is no option; did you mean laterMs?'],
    ['bindRtp', [{ jitter: { maxMS: 1 } }], 'bindRtp({ jitter: { maxMS } }): is no option; did you mean maxMs?'],
    ['listMicrophones', [{ back: 'alsa' }], 'listMicrophones({ back }): is no option; '],
    ['openTelemetryEvents', [{ meter: {} }], 'openTelemetryEvents({ meter }): is no option; '],
    ['loadSileroVad', [{ model: 'x' }], 'loadSileroVad({ model }): is no option; '],
    ['startFaultyService', [{ plan: { faults: [] }, onFire: 1 }], 'startFaultyService({ onFire }): is no option; did you mean'],
    ['startFaultyService', [{ plan: { faults: [] }, tls: { crt: '' } }], 'startFaultyService({ tls: { crt } }): is no option; '],
    ['startScriptedService', [[], { prot: 1 }], 'startScriptedService({ prot }): is no option; did you mean port?'],
    ['recordSession', [{ to: 'x', includeaudio: true }], 'recordSession({ includeaudio }): is no option; did you mean'],
    ['replaySession', [[], { repeats: true }], 'replaySession({ repeats }): is no option; did you mean repeat?'],
  ])('of %s(%j) is one, as a rejection', async (name, args, message) => {
    await expect(anywhere[name]!(...args)).rejects.toThrow(message);
  });

  it('of SpeechDetector.open(), too', async () => {
    const options = { sampleRate: 8000, threshold: 0.5 };
    await expect(vad.SpeechDetector.open(await vad.loadLightVad(), options)).rejects.toThrow(
      'SpeechDetector.open({ threshold }): is no option; ',
    );
  });

  it.each<[string, readonly unknown[], string]>([
    ['submit', ['a.wav', { embedding: true }], 'submit({ embedding }): is no option; did you mean embeddings?'],
    ['submitPresignedUrl', ['https://a/b', { onProgress: () => {} }], 'submitPresignedUrl({ onProgress }): is no option; '],
    ['submitVideo', ['a.mp4', { nmae: 'x' }], 'submitVideo({ nmae }): is no option; did you mean name?'],
    ['list', [{ from: '2025-01-01' }], 'list({ from }): is no option; '],
    ['analyze', ['a.wav', { concurrency: 2 }], 'analyze({ concurrency }): is no option; '],
    ['analyzeMany', [[], { statefile: 'x' }], 'analyzeMany({ statefile }): is no option; did you mean stateFile?'],
    ['analyzeMany', [[], { name: 'x' }], 'analyzeMany({ name }): is no option; '],
  ])('of %s(%j) of the batch API, too', (name, args, message) => {
    const { deepfakes } = createBatchClient({ cid: 1, apiKey: 'some-token' });
    expect(() => (deepfakes as unknown as typeof anywhere)[name]!(...args)).toThrow(message);
  });

  it.each<[object, string]>([
    [{ prot: 1 }, 'prot: is no option; did you mean port?'],
    [{ rest: { datadir: 'x' } }, 'rest.datadir: is no option; did you mean dataDir?'],
    [{ tls: { cert: '-----BEGIN ', key: '-----BEGIN ', ca: '' } }, 'tls.ca: is no option; '],
    [{ segmentation: { minSpeech: 1 } }, 'segmentation.minSpeech: is no option; did you mean minSpeechMs?'],
  ])('of startLocalService(%j), too', async (options, message) => {
    await expect(startLocalService(options)).rejects.toThrow(message);
  });
});
