import { expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type {
  DiagnosticCode,
  EventObserver,
  GapEvent,
  Logger,
  SessionEvent,
  StatisticsEvent,
  StreamEvent,
} from '../events/index.js';
import { describeEvent } from './describe-event.js';

/** How important a log line is; `silent` writes none. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What a level can be given for: all events of a type, or those of one state, reason or code. */
export type LogTopic =
  | StreamEvent['type']
  | `session.${SessionEvent['state']}`
  | `gap.${GapEvent['reason']}`
  | `diagnostic.${DiagnosticCode}`
  | 'statistics.final';

/** Options of {@link logEvents}. */
export interface LogEventsOptions {
  /**
   * Levels that differ from the defaults; the narrower topic wins, for instance
   * `{ session: 'debug', 'session.reconnecting': 'warn', result: 'silent' }`.
   */
  levels?: Partial<Record<LogTopic, LogLevel | undefined>> | undefined;
}

/** What is not named here is a detail. */
const DEFAULTS: { readonly [Topic in LogTopic]?: LogLevel } = {
  diagnostic: 'warn',
  'session.reconnecting': 'warn',
  'session.replayed': 'info',
  'session.rotated': 'info',
  'session.closed': 'info',
  gap: 'warn',
  'gap.gated': 'debug',
  'gap.skipped': 'info',
  'gap.budget': 'info',
  'statistics.final': 'info',
  budget: 'warn',
  // Keys can be card numbers and passwords.
  dtmf: 'silent',
  rtp: 'info',
  socket: 'info',
  leg: 'info',
  'call-summary': 'info',
};

const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error', 'silent'] satisfies LogLevel[];

const NAMES: OptionNames<LogEventsOptions> = { levels: true };

/**
 * Makes an events observer that writes every event to a logger: the event as the field `event`, and a sentence.
 *
 * By default, what was lost or retried, a budget that is used up and all diagnostics are warnings, a session that closes with a failure is
 * an error, the end of a session with its statistics and the life of sockets, RTP legs and calls are information, and everything else,
 * results among it, is for debugging. Keys that a caller presses
 * (`dtmf`) are not written unless `levels` says so, because they can be card numbers. Events hold no token, no audio and no answer; they hold
 * the endpoint and the source's label, which may be a file name.
 *
 * @param logger A pino logger, `console`, or anything with these methods. What it throws becomes a process warning.
 * @param options Which events are written at which level.
 * @returns An observer for the `events` option of any source or operator; it is stateless, so that any number of sessions can share it.
 * @throws OptionError for a logger without `info`, `warn` and `error`, and for unknown levels.
 * @example
 * behavioralSignals({ events: logEvents(pino({ level: 'debug' }), { levels: { result: 'silent' } }) })
 */
export function logEvents(logger: Logger, options: LogEventsOptions = {}): EventObserver {
  expectOptions('logEvents', options, NAMES);
  const { levels = {} } = options;
  const { info, warn, error, debug } = Object(logger) as Partial<Logger>;
  if ([info, warn, error].some((method) => typeof method !== 'function') || !['function', 'undefined'].includes(typeof debug)) {
    throw new OptionError('logEvents(logger)', 'must have the methods info, warn and error, and may have debug', logger);
  }
  for (const [topic, level] of Object.entries(levels)) {
    if (level !== undefined && !LEVELS.includes(level)) {
      throw new OptionError(
        `logEvents({ levels: { '${topic}' } })`,
        "must be 'debug', 'info', 'warn', 'error' or 'silent'",
        level,
      );
    }
  }
  return {
    next: (event) => {
      const level = levelOf(event, levels);
      if (level === 'silent' || (level === 'debug' && !logger.debug)) return;
      logger[level]?.({ event }, describeEvent(event));
    },
  };
}

function levelOf(event: StreamEvent, levels: NonNullable<LogEventsOptions['levels']>): LogLevel {
  const topic = narrowTopic(event);
  const chosen = levels[topic] ?? levels[event.type];
  if (chosen) return chosen;
  if (event.type === 'session' && event.cause !== undefined && event.state === 'closed') return 'error';
  return DEFAULTS[topic] ?? DEFAULTS[event.type] ?? 'debug';
}

function narrowTopic(event: StreamEvent): LogTopic {
  if (event.type === 'session') return `session.${event.state}`;
  if (event.type === 'gap') return `gap.${event.reason}`;
  if (event.type === 'diagnostic') return `diagnostic.${event.code}`;
  return isFinal(event) ? 'statistics.final' : event.type;
}

function isFinal(event: StreamEvent): event is StatisticsEvent {
  return event.type === 'statistics' && event.final;
}
