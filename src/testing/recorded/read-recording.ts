import { readFileSync } from 'node:fs';
import { OptionError } from '../../errors/index.js';
import type { StreamConfig } from '../script/stream-config.js';
import type {
  RecordedAnswer,
  RecordedCall,
  RecordedCallEntry,
  RecordedEnd,
  RecordedEntry,
  RecordedResult,
} from './recorded-entry.js';

/** What one recorded call consists of. */
export interface CallRecording {
  readonly method: RecordedCall['method'];
  config?: StreamConfig;
  engine?: string;
  readonly steps: (RecordedResult | RecordedEnd)[];
}

const FIELDS: { readonly [Type in RecordedEntry['type']]: readonly string[] } = {
  'recorded-session': ['version'],
  call: ['call', 'method'],
  config: ['call', 'config'],
  answer: ['call'],
  audio: ['call', 'fromSample', 'pcm'],
  'audio-end': ['call', 'sentSamples'],
  result: ['call', 'sentSamples', 'audioEnded', 'result'],
  end: ['call', 'sentSamples', 'audioEnded', 'status'],
};

/**
 * Reads a recorded session.
 *
 * @param source A file, or its lines.
 * @throws OptionError that names the line that can't be read.
 */
export function readRecording(source: string | URL | Iterable<string>): RecordedEntry[] {
  const lines = typeof source === 'string' || source instanceof URL ? readFile(source) : [...source];
  const entries = lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index + 1)]));
  if (entries[0]?.type !== 'recorded-session') throw invalid('line 1 must be {"type":"recorded-session","version":1}');
  if (entries[0].version !== 1) throw invalid(`version ${String(entries[0].version)} is not known: only 1 is`);
  return entries;
}

/** The calls of a recorded session, in order. */
export function callsOf(entries: readonly RecordedEntry[]): CallRecording[] {
  const calls: CallRecording[] = [];
  for (const entry of entries) {
    if (entry.type === 'recorded-session') continue;
    if (entry.type === 'call') {
      if (entry.call !== calls.length) throw invalid(`call ${entry.call} comes as number ${calls.length}`);
      calls.push({ method: entry.method, steps: [] });
      continue;
    }
    const call = calls[entry.call];
    if (!call) throw invalid(`an entry belongs to call ${entry.call}, which does not come before it`);
    addTo(call, entry);
  }
  return calls;
}

function addTo(call: CallRecording, entry: Exclude<RecordedCallEntry, RecordedCall>): void {
  if (entry.type === 'config') call.config = entry.config;
  else if (entry.type === 'answer') setEngine(call, entry);
  else if (entry.type === 'result' || entry.type === 'end') call.steps.push(entry);
}

function setEngine(call: CallRecording, { engine }: RecordedAnswer): void {
  if (engine !== undefined) call.engine = engine;
}

function readFile(file: string | URL): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    throw invalid(`can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseLine(line: string, number: number): RecordedEntry {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw invalid(`line ${number} is no JSON; a recording that broke off ends with such a line`);
  }
  if (typeof entry !== 'object' || entry === null || !('type' in entry)) throw invalid(`line ${number} has no type`);
  const { type } = entry;
  if (typeof type !== 'string' || !Object.hasOwn(FIELDS, type))
    throw invalid(`line ${number} has the unknown type ${String(type)}`);
  const missing = FIELDS[type as RecordedEntry['type']].find((field) => !(field in entry));
  if (missing !== undefined) throw invalid(`line ${number}, of type ${type}, has no ${missing}`);
  return entry as RecordedEntry;
}

function invalid(reason: string): OptionError {
  return new OptionError('recording', reason);
}
