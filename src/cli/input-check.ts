import { lastValueFrom, tap } from 'rxjs';
import { decode, type FormatEvent, type StreamEvent, toPcm16le } from '../index.js';
import type { DoctorCheck } from './doctor-check.js';
import { describeError } from './error-report.js';
import { exitCodeOf } from './exit-code.js';
import { formatText } from './format-text.js';
import type { Input } from './input.js';
import { SignalMeter, type SignalReport } from './signal-meter.js';
import { timeText } from './time-text.js';

/** Speech below this level is close to the noise of 8-bit telephony. */
const QUIET_DBFS = -45;
/** An offset beyond this share of full scale spoils measurements. */
const LARGE_DC = 0.01;

/** Decodes a whole input and says what is in it: format, length, and for each channel silence, clipping, level and offset. */
export async function checkInput(input: Input): Promise<DoctorCheck[]> {
  const checks: DoctorCheck[] = [];
  let format: FormatEvent | undefined;
  let meters: SignalMeter[] = [];
  let decodedMs = 0;
  const onEvent = (event: StreamEvent) => {
    if (event.type === 'format') format ??= event;
    else if (event.type === 'diagnostic' && event.code === 'TWO_PARTIES') {
      checks.push({ name: 'channels', status: 'note', detail: 'look like two parties: stream them with --channel split' });
    } else if (event.type === 'diagnostic')
      checks.push({ name: 'input', status: 'note', detail: `${event.code}: ${event.message}` });
  };
  const events = { next: onEvent };
  const audio$ = input.bytes$.pipe(
    decode({ events }),
    tap(({ data, format: { sampleRate }, length }) => {
      if (meters.length !== data.length) meters = data.map(() => new SignalMeter(sampleRate));
      data.forEach((samples, channel) => {
        meters[channel]?.push(samples);
      });
      decodedMs += (length / sampleRate) * 1000;
    }),
    toPcm16le({ events }),
  );
  let failure: DoctorCheck | undefined;
  try {
    await lastValueFrom(audio$, { defaultValue: undefined });
  } catch (error) {
    failure = { name: 'input', status: 'wrong', detail: describeError(error, { advise: false }), exitCode: exitCodeOf(error) };
  }
  const found: DoctorCheck[] = format
    ? [
        { name: 'format', status: 'ok', detail: formatText(format) },
        { name: 'duration', status: 'ok', detail: `${timeText(decodedMs)} decoded` },
      ]
    : [];
  const channels = meters.map((meter, channel) => channelCheck(channel, meter.report()));
  return [...found, ...channels, ...checks, ...(failure ? [failure] : [])];
}

function channelCheck(channel: number, { silence, clipping, levelDbfs, peakDbfs, dc }: SignalReport): DoctorCheck {
  const figures = [
    `level ${decibels(levelDbfs)}`,
    `peak ${decibels(peakDbfs)}`,
    `silence ${percent(silence, 0)}`,
    `clipping ${percent(clipping, 2)}`,
    `DC ${percent(dc, 2)}`,
  ];
  const complaints = [
    levelDbfs === undefined && 'all silent',
    levelDbfs !== undefined && levelDbfs < QUIET_DBFS && 'very quiet',
    Math.abs(dc) > LARGE_DC && 'a large DC offset',
  ].filter(Boolean);
  const detail = [figures.join(', '), ...complaints].join('\n');
  return { name: `channel ${channel}`, status: complaints.length > 0 ? 'note' : 'ok', detail };
}

function decibels(value: number | undefined): string {
  return value === undefined ? 'none' : `${value.toFixed(1)} dBFS`;
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits).replace(/^-(?=[0.]+$)/, '')}%`;
}
