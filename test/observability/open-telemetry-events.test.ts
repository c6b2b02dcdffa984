import { type Attributes, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { openTelemetryEvents } from '../../src/observability/open-telemetry-events.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { pcmSource } from '../support/audio.js';
import { genderRow, startScriptedServer } from '../support/scripted-server.js';
import { statistics, troubledSession } from './support/events.js';

/** A real SDK whose exports stay in memory. */
function startSdk() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
  return {
    meterProvider,
    tracerProvider,
    spans: () => spanExporter.getFinishedSpans(),
    /** Instruments by name: unit, and for each set of attributes the sum, or the count and sum of a histogram. */
    async measured() {
      await meterProvider.forceFlush();
      const latest = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
      return new Map(
        latest
          .flatMap((scope) => scope.metrics)
          .map(({ descriptor, dataPointType, dataPoints }) => [
            descriptor.name,
            {
              unit: descriptor.unit,
              points: dataPoints.map(({ attributes, value }) => ({
                attributes,
                value:
                  dataPointType === DataPointType.SUM
                    ? Math.round((value as number) * 1e6) / 1e6
                    : { count: (value as { count: number }).count, sum: (value as { sum: number }).sum },
              })),
            },
          ]),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await meterProvider.shutdown();
      await tracerProvider.shutdown();
    },
  };
}

async function observe(events: readonly StreamEvent[], attributes?: Attributes) {
  const sdk = startSdk();
  const { meterProvider, tracerProvider } = sdk;
  const observer = await openTelemetryEvents({ meterProvider, tracerProvider, attributes });
  for (const event of events) observer.next?.(event);
  return sdk;
}

const server = { 'server.address': 'api.example.com', 'server.port': 443 };

afterEach(() => {
  metrics.disable();
  trace.disable();
  vi.doUnmock('@opentelemetry/api');
  vi.resetModules();
});

describe('openTelemetryEvents()', () => {
  it('measures a session in seconds and bytes, totals counted once', async () => {
    await using sdk = await observe(troubledSession);
    const measured = await sdk.measured();
    const single = (name: string) => measured.get(`behavioral_signals.${name}`);
    const answer = { ...server, 'behavioral_signals.level': 'utterance', 'behavioral_signals.engine': 'remote' };
    expect(single('audio.sent')).toEqual({ unit: 's', points: [{ attributes: server, value: 25 }] });
    expect(single('audio.size')).toEqual({ unit: 'By', points: [{ attributes: server, value: 800_000 }] });
    expect(single('audio.replayed')?.points[0]?.value).toBe(3);
    expect(single('audio.missing')).toEqual({
      unit: 's',
      points: [
        { attributes: { ...server, 'behavioral_signals.gap.reason': 'gated' }, value: 4 },
        { attributes: { ...server, 'behavioral_signals.gap.reason': 'dropped' }, value: 0.5 },
      ],
    });
    expect(single('session.stalled')?.points[0]?.value).toBe(0.09);
    expect(single('session.reconnects')?.points).toEqual([
      { attributes: { ...server, 'error.type': 'STREAM_FAILED' }, value: 1 },
    ]);
    expect(single('session.rotations')?.points[0]?.value).toBe(1);
    expect(single('session.duration')?.points).toEqual([
      { attributes: { ...server, 'error.type': 'UNAUTHENTICATED' }, value: { count: 1, sum: expect.any(Number) } },
    ]);
    expect(single('results')?.points).toEqual([
      { attributes: answer, value: 1 },
      { attributes: { ...answer, 'behavioral_signals.level': 'segment' }, value: 1 },
    ]);
    expect(single('result.latency')).toEqual({ unit: 's', points: [{ attributes: answer, value: { count: 1, sum: 0.82 } }] });
    expect(single('result.response_time')?.points).toEqual([{ attributes: answer, value: { count: 1, sum: 0.6 } }]);
    expect(single('diagnostics')?.points).toEqual([
      { attributes: { 'behavioral_signals.diagnostic.code': 'CLIPPED_AUDIO' }, value: 1 },
    ]);
    // Nothing is left of a session that is over.
    for (const name of ['audio.queued', 'session.active']) expect(single(name)?.points[0]?.value).toBe(0);
  });

  it('shows what waits in the sessions that live, added up', async () => {
    const [connecting] = troubledSession as [Extract<StreamEvent, { type: 'session' }>];
    await using sdk = await observe([
      connecting,
      { ...connecting, sessionId: 'other' },
      statistics({ queuedMs: 300 }),
      statistics({ queuedMs: 500, sessionId: 'other' }),
      statistics({ queuedMs: 100 }),
    ]);
    const measured = await sdk.measured();
    expect(measured.get('behavioral_signals.audio.queued')?.points[0]?.value).toBe(0.6);
    expect(measured.get('behavioral_signals.session.active')?.points[0]?.value).toBe(2);
  });

  it('makes one span of a session, with what went wrong as its events and status', async () => {
    await using sdk = await observe(troubledSession, { team: 'support' });
    const [span, ...others] = sdk.spans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      name: 'behavioral_signals.session',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.ERROR, message: 'UNAUTHENTICATED' },
      attributes: {
        ...server,
        team: 'support',
        'behavioral_signals.session.id': '1f0e',
        'behavioral_signals.engine': 'remote',
        'behavioral_signals.audio.sent': 25,
        'behavioral_signals.audio.replayed': 3,
        'behavioral_signals.results.utterance': 1,
        'error.type': 'UNAUTHENTICATED',
      },
    });
    expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'gap',
        {
          'behavioral_signals.gap.reason': 'dropped',
          'behavioral_signals.audio.start': 15,
          'behavioral_signals.audio.duration': 0.5,
        },
      ],
      ['reconnecting', { 'error.type': 'STREAM_FAILED', 'behavioral_signals.attempt': 1, 'behavioral_signals.delay': 0.25 }],
      ['replayed', { 'behavioral_signals.audio.duration': 3 }],
      ['rotated', {}],
    ]);
  });

  it('tells nobody the label of a source, which may be a number or a name', async () => {
    await using sdk = await observe(troubledSession);
    const told = JSON.stringify([[...(await sdk.measured())], sdk.spans().map(({ attributes, events }) => [attributes, events])]);
    expect(told).not.toContain('+49');
  });

  it('observes a real session, through the global providers', async () => {
    await using sdk = startSdk();
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    await using service = await startScriptedServer((call) => {
      call.on('data', () => {});
      call.on('end', () => {
        call.write({ pid: 1, cid: 1, messageId: 1, result: [genderRow('utterance', '7', '0', '1.8')] });
        call.end();
      });
    });
    const { source$ } = pcmSource(2000, 250);
    await lastValueFrom(source$.pipe(behavioralSignals({ ...service.connection, events: await openTelemetryEvents() })));
    const measured = await sdk.measured();
    expect(measured.get('behavioral_signals.audio.sent')?.points).toEqual([
      { attributes: { 'server.address': '127.0.0.1', 'server.port': service.port }, value: 2 },
    ]);
    expect(measured.get('behavioral_signals.result.response_time')?.points).toMatchObject([{ value: { count: 1 } }]);
    const [span] = sdk.spans();
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
    const told = JSON.stringify([[...measured], span?.attributes, span?.events]);
    expect(told).not.toMatch(/test-token|female|10000119/);
  });

  it('costs nothing but no-ops without an SDK', async () => {
    const observer = await openTelemetryEvents();
    for (const event of troubledSession) expect(() => observer.next?.(event)).not.toThrow();
  });

  it('says what to install when the package is missing', async () => {
    vi.doMock('@opentelemetry/api', () => {
      throw Object.assign(new Error("Cannot find package '@opentelemetry/api'"), { code: 'ERR_MODULE_NOT_FOUND' });
    });
    await expect(openTelemetryEvents()).rejects.toMatchObject({
      code: 'PACKAGE_MISSING',
      packageName: '@opentelemetry/api',
      message: expect.stringContaining('npm install @opentelemetry/api'),
      cause: expect.anything(),
    });
  });

  it.each([
    ['meterProvider', { meterProvider: {} }],
    ['tracerProvider', { tracerProvider: 1 }],
    ['attributes', { attributes: 'a' }],
  ])('refuses a %s that is none', async (option, options) => {
    await expect(openTelemetryEvents(options as object)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      option: `openTelemetryEvents({ ${option} })`,
    });
  });
});
