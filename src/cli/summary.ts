import type { GateEvent, PredictionEngine, ResultEvent, StatisticsEvent } from '../index.js';
import type { ChannelName, ChannelPrediction, SpeakerName } from './channel-prediction.js';
import { countText } from './count-text.js';
import { engineNotice } from './engine-notice.js';
import { percentile } from './percentile.js';
import { SessionTotals } from './session-totals.js';
import { claimText, taskColumns, taskTitle } from './task-text.js';
import { timeText } from './time-text.js';

const NONE = '  no predictions came for the audio that was sent; silence and noise get none';
const NONE_BEFORE_FAILURE = '  no predictions came before it failed';

/** What is kept of one segment or utterance; a revision replaces it. */
interface Kept {
  readonly level: 'segment' | 'utterance';
  readonly durationMs: number;
  readonly claims: ReadonlyMap<string, string | number>;
}

/** Counts what a stream brought: how much audio, which labels on each channel, how late. */
export class Summary {
  readonly #label: string;
  readonly #channels = new Map<SpeakerName, Map<string, Kept>>();
  readonly #latencies = { segment: [] as number[], utterance: [] as number[] };
  readonly #responseTimes = { segment: [] as number[], utterance: [] as number[] };
  readonly #totals = new SessionTotals();
  readonly #gates = new Map<ChannelName, GateEvent>();
  #engine: PredictionEngine | undefined;
  #isMono = false;
  #sentMs = 0;
  #sessions = 0;
  readonly #startedAt = performance.now();

  /** @param label What the input is called. */
  constructor(label: string) {
    this.#label = label;
  }

  /** Notes which engine answers, before it has answered anything. */
  answeredBy(engine: PredictionEngine): void {
    this.#engine ??= engine;
  }

  /** Adds a session's counters, as they are at its end. */
  sent(statistics: StatisticsEvent): void {
    if (!statistics.final) return;
    this.#sentMs += statistics.sentMs;
    this.#sessions += 1;
    this.#totals.add(statistics);
  }

  /** Adds the time that an answer took. */
  answered({ level, revision, responseMs }: ResultEvent): void {
    if (revision === 0 && responseMs !== undefined) this.#responseTimes[level].push(responseMs);
  }

  /** Notes what the gate of a channel has done so far. */
  gated(channel: ChannelName, event: GateEvent): void {
    this.#gates.set(channel, event);
  }

  /** Adds a prediction. */
  add({ channel, prediction }: ChannelPrediction): void {
    const { key, level, startMs, endMs, tasks, latencyMs } = prediction;
    this.#engine = prediction.engine;
    let kept = this.#channels.get(channel);
    if (!kept) {
      kept = new Map();
      this.#channels.set(channel, kept);
    }
    const claims = Object.entries(tasks).map(([task, answer]) => [task, answer?.score ?? claimText(task, answer!)] as const);
    kept.set(key, { level, durationMs: endMs - startMs, claims: new Map(claims) });
    if (latencyMs !== undefined) this.#latencies[level].push(latencyMs);
  }

  /** Whether there is anything to sum up. */
  get isEmpty(): boolean {
    return this.#sentMs === 0 && this.#channels.size === 0;
  }

  /** Notes how many channels the input has. */
  heard(channels: number): void {
    this.#isMono = channels === 1;
  }

  /**
   * The summary as lines of text.
   *
   * @param hasFailed Whether the stream did not come to its end: no answers say nothing about its audio then.
   */
  lines({ hasFailed = false }: { hasFailed?: boolean } = {}): string[] {
    const lines = [`Summary of ${this.#label}`, `  ${engineNotice(this.#engine)}`];
    for (const [channel, kept] of [...this.#channels].sort(([a], [b]) => Number(a) - Number(b))) {
      lines.push(...channelLines(this.#nameOf(channel), [...kept.values()]));
    }
    if (this.#channels.size === 0) lines.push(hasFailed ? NONE_BEFORE_FAILURE : NONE);
    const tookMs = performance.now() - this.#startedAt;
    const sessions = this.#sessions > 1 ? ` in ${this.#sessions} sessions` : '';
    const minutes = (this.#sentMs / 60_000).toFixed(2);
    lines.push(`  audio sent ${minutes} min${sessions}${this.#savedText()}, took ${(tookMs / 1000).toFixed(1)} s`);
    return [...lines, ...this.#totals.lines(), ...this.#latencyLines()];
  }

  #nameOf(channel: SpeakerName): string {
    if (channel === 'mix') return this.#isMono ? 'mono' : 'all channels mixed';
    return typeof channel === 'number' ? `channel ${channel}` : channel;
  }

  #savedText(): string {
    if (this.#gates.size === 0) return '';
    const gates = [...this.#gates.values()];
    const savedMs = gates.reduce((sum, gate) => sum + gate.savedMs, 0);
    const allMs = gates.reduce((sum, gate) => sum + gate.sentMs + gate.savedMs, 0);
    const share = allMs > 0 ? Math.round((100 * savedMs) / allMs) : 0;
    return `, ${(savedMs / 60_000).toFixed(2)} min of silence (${share} %) left out`;
  }

  #latencyLines(): string[] {
    return (['segment', 'utterance'] as const).flatMap((level) => {
      // Of a file that is read as fast as it goes, only the time since it was sent is known.
      const isPaced = this.#latencies[level].length > 0;
      const values = isPaced ? this.#latencies[level] : this.#responseTimes[level];
      if (values.length === 0) return [];
      const [p50, p99] = [0.5, 0.99].map((share) => `${Math.round(percentile(values, share) ?? 0)} ms`);
      const end = level === 'segment' ? "a segment's end   " : "an utterance's end";
      return `  ${isPaced ? 'latency' : 'response'} after ${end}  p50 ${p50}, p99 ${p99}, of ${values.length}`;
    });
  }
}

function channelLines(name: string, kept: readonly Kept[]): string[] {
  const utterances = kept.filter(({ level }) => level === 'utterance');
  const segments = kept.filter(({ level }) => level === 'segment');
  // An utterance covers its segments: counting both would count the same speech twice.
  const counted = utterances.length > 0 ? utterances : segments;
  const speechMs = counted.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const heading = `  ${name}: ${countText(utterances.length, 'utterance')}, ${countText(segments.length, 'segment')}, ${timeText(speechMs)} of speech`;
  const tasks = taskColumns(new Set(counted.flatMap(({ claims }) => [...claims.keys()])));
  const width = Math.max(0, ...tasks.map(({ task }) => taskTitle(task).length));
  return [
    heading,
    ...tasks.map(
      ({ task }) => `    ${taskTitle(task).padEnd(width)}  ${claimCounts(counted.map(({ claims }) => claims.get(task)))}`,
    ),
  ];
}

function claimCounts(claims: readonly (string | number | undefined)[]): string {
  const scores = claims.filter((claim) => typeof claim === 'number');
  if (scores.length > 0) return `mean ${(scores.reduce((sum, score) => sum + score, 0) / scores.length).toFixed(2)}`;
  const counts = new Map<string, number>();
  for (const claim of claims) if (typeof claim === 'string') counts.set(claim, (counts.get(claim) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([claim, times]) => `${claim} ${times}`)
    .join(', ');
}
