import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { expectOptions, OptionError, type OptionNames, PackageError } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { SessionMetrics } from './session-metrics.js';
import { SessionSpans } from './session-spans.js';

/** The instrumentation scope of everything that is measured here. */
const SCOPE = 'behavioral-signals-rx';

/** Options of {@link openTelemetryEvents}. */
export interface OpenTelemetryOptions {
  /** Makes the instruments. Default: the global one. */
  meterProvider?: MeterProvider | undefined;
  /** Makes the spans. Default: the global one. */
  tracerProvider?: TracerProvider | undefined;
  /** Attributes of every measurement and span, such as `{ 'deployment.environment.name': 'test' }`. Keep their values few. */
  attributes?: Attributes | undefined;
}

const NAMES: OptionNames<OpenTelemetryOptions> = { meterProvider: true, tracerProvider: true, attributes: true };

/**
 * Makes an events observer that turns what sessions report into OpenTelemetry metrics, and into one span for each session.
 *
 * Durations are in seconds. docs/observability.md lists the instruments. Neither answers nor tokens nor the source's label, which may be a
 * file name or a number, become attributes. Set `statisticsIntervalMs`, or audio and queues are measured at the end of a session only.
 *
 * @param options Providers to use instead of the global ones, and attributes to add.
 * @returns A promise of an observer for the `events` option of `behavioralSignals()` and `detectDeepfakes()`; any number of sessions can
 * share it. It keeps nothing once a session has closed, which every session reports, unsubscribed or not.
 * @throws OptionError for options that are no providers; PackageError `PACKAGE_MISSING` without `@opentelemetry/api`. Both as rejection.
 * @example
 * behavioralSignals({ events: await openTelemetryEvents(), statisticsIntervalMs: 10_000 })
 */
export async function openTelemetryEvents(options: OpenTelemetryOptions = {}): Promise<EventObserver> {
  expectOptions('openTelemetryEvents', options, NAMES);
  const { meterProvider, tracerProvider, attributes = {} } = options;
  expectMethod('meterProvider', meterProvider, 'getMeter');
  expectMethod('tracerProvider', tracerProvider, 'getTracer');
  if (typeof attributes !== 'object' || attributes === null) {
    throw new OptionError('openTelemetryEvents({ attributes })', 'must be an object', attributes);
  }
  const { metrics, trace, SpanKind, SpanStatusCode } = await loadApi();
  const sessionMetrics = new SessionMetrics((meterProvider ?? metrics).getMeter(SCOPE), attributes);
  const spans = new SessionSpans((tracerProvider ?? trace).getTracer(SCOPE), {
    attributes,
    kind: SpanKind.CLIENT,
    failure: SpanStatusCode.ERROR,
  });
  return {
    next: (event) => {
      sessionMetrics.event(event);
      spans.event(event);
    },
  };
}

/** A plain import() is what Node and bundlers resolve alike, and its failure can still be explained. */
async function loadApi(): Promise<typeof import('@opentelemetry/api')> {
  try {
    return await import('@opentelemetry/api');
  } catch (cause) {
    throw new PackageError('openTelemetryEvents()', '@opentelemetry/api', cause);
  }
}

function expectMethod(option: string, provider: unknown, method: string): void {
  if (provider === undefined || typeof Object(provider)[method] === 'function') return;
  throw new OptionError(`openTelemetryEvents({ ${option} })`, `must be a provider with the method ${method}`, provider);
}
