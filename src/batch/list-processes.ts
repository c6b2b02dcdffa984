import { BatchApiError, expectNumber, expectOptions, OptionError } from '../errors/index.js';
import type { BatchConnection } from './batch-connection.js';
import { type BatchProcess, parseProcess } from './batch-process.js';

/** Which processes to list. */
export interface ListOptions {
  /** Processes in one request, 1 to 1000. Default: 100. */
  pageSize?: number | undefined;
  /** The page to begin with, from 0. Default: 0. */
  page?: number | undefined;
  /** By the time of submission. Default: as the service does. */
  sort?: 'asc' | 'desc' | undefined;
  /** The first day, `YYYY-MM-DD` or a Date (its day in UTC). Default: any. */
  startDate?: string | Date | undefined;
  /** The day after the last one: `YYYY-MM-DD` or a Date (its day in UTC). Default: any. */
  endDate?: string | Date | undefined;
  /** Ends the listing with `ABORTED` when it fires. */
  signal?: AbortSignal | undefined;
}

/** Keys under which a service may wrap its list. */
const WRAPPERS = ['processes', 'results', 'items', 'data'];

/**
 * Lists processes, asking for the next page when it is reached; each iteration begins anew.
 *
 * @throws OptionError at once; while iterating, what requests throw.
 */
export function listProcesses(connection: BatchConnection, path: string, options: ListOptions = {}): AsyncIterable<BatchProcess> {
  const known = { pageSize: true, page: true, sort: true, startDate: true, endDate: true, signal: true };
  expectOptions<ListOptions>('list', options, known);
  const { pageSize = 100, page: firstPage = 0, sort, signal } = options;
  expectNumber('list({ pageSize })', pageSize, { min: 1, max: 1000, whole: true });
  expectNumber('list({ page })', firstPage, { min: 0, whole: true });
  if (sort !== undefined && sort !== 'asc' && sort !== 'desc')
    throw new OptionError('list({ sort })', "must be 'asc' or 'desc'", sort);
  const filter = {
    pageSize: String(pageSize),
    ...(sort && { sort }),
    ...day('startDate', options.startDate),
    ...day('endDate', options.endDate),
  };
  if (filter.startDate && filter.endDate && filter.startDate >= filter.endDate) {
    throw new OptionError('list({ endDate })', 'must be after startDate: it is the day after the last one', filter.endDate);
  }
  return {
    async *[Symbol.asyncIterator]() {
      let previousFirst: string | undefined;
      for (let page = firstPage; ; page += 1) {
        const { json } = await connection.get(path, { query: { page: String(page), ...filter }, signal });
        const rows = rowsOf(json);
        const processes = rows.map(parseProcess).filter((process) => process !== undefined);
        // A service that doesn't know pages answers all of them with the same.
        if (processes.length > 0 && processes[0]?.pid === previousFirst) return;
        previousFirst = processes[0]?.pid;
        yield* processes;
        if (rows.length < pageSize) return;
      }
    },
  };
}

function rowsOf(json: unknown): readonly unknown[] {
  const wrapped = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const rows = Array.isArray(json) ? json : WRAPPERS.map((key) => wrapped[key]).find(Array.isArray);
  if (!rows)
    throw new BatchApiError('INVALID_RESPONSE', 'The service answered with JSON that is no list of processes', {
      statusCode: 200,
    });
  return rows;
}

function day<Name extends 'startDate' | 'endDate'>(name: Name, value: unknown): { [Key in Name]?: string } {
  if (value === undefined) return {};
  const isDate = value instanceof Date && !Number.isNaN(value.getTime());
  const text = isDate ? value.toISOString().slice(0, 10) : value;
  const isDay = typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarDay(text);
  if (!isDay) throw new OptionError(`list({ ${name} })`, 'must be a day, YYYY-MM-DD, or a valid Date', value);
  return { [name]: text } as { [Key in Name]: string };
}

/** Date takes the 31st of every month. */
function isCalendarDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
