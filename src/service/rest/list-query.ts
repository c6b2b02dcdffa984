import { invalid } from './http-error.js';

const DAY_MS = 86_400_000;

/** What a request for a list asks for. */
export interface ListParameters {
  readonly page: number;
  readonly pageSize: number;
  readonly sort: 'asc' | 'desc';
  readonly fromMs: number;
  readonly toMs: number;
}

/** @throws HttpError that names the parameter at fault. */
export function readListQuery(query: URLSearchParams): ListParameters {
  const sort = query.get('sort') ?? 'asc';
  if (sort !== 'asc' && sort !== 'desc') throw invalid('sort must be asc or desc.');
  return {
    page: whole(query, 'page', 0, 0, 1_000_000_000),
    pageSize: whole(query, 'pageSize', 100, 1, 1_000),
    sort,
    fromMs: day(query, 'startDate') ?? 0,
    toMs: day(query, 'endDate') ?? Number.MAX_SAFE_INTEGER,
  };
}

function whole(query: URLSearchParams, name: string, fallback: number, min: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw invalid(`${name} must be a whole number from ${min} to ${max}.`);
  return value;
}

/** Days are UTC's. */
function day(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date takes the 31st of every month.
  if (Number.isNaN(ms) || new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString().slice(0, 10) !== text) {
    throw invalid(`${name} must be a day, YYYY-MM-DD.`);
  }
  return ms;
}
