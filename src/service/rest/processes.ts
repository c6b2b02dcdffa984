import { toJsonInteger } from '../../predictions/wire-text.js';
import { ProcessStatus, type StoredProcess } from '../store/stored-process.js';
import { HttpError, notFound } from './http-error.js';
import { JsonListWriter } from './json-list-writer.js';
import { readListQuery } from './list-query.js';
import { processJson } from './process-json.js';
import type { RestAnswer, RestContext, RestExchange } from './rest-exchange.js';

/** Pieces of results read from the store at once. */
const PIECES_PER_READ = 128;

/** `GET processes`: one page of what the project has submitted, written one by one: a page of the largest `meta` has 64 MB. */
export async function listProcesses(
  { cid, analysis, query, response }: RestExchange,
  { store }: RestContext,
): Promise<RestAnswer> {
  const pids = store.list({ cid, analysis, ...readListQuery(query) });
  const out = new JsonListWriter(response, '[', ']');
  for (const pid of pids) {
    const process = store.find(cid, analysis, pid);
    if (process) await out.write(JSON.stringify(processJson(process)));
    if (response.destroyed) return undefined;
  }
  out.end();
  return undefined;
}

/** `GET processes/{pid}`. */
export function showProcess(exchange: RestExchange, context: RestContext): RestAnswer {
  return { status: 200, body: processJson(find(exchange, context)) };
}

/** `GET processes/{pid}/results`: written piece by piece, as fast as the client reads. */
export async function sendResults(exchange: RestExchange, context: RestContext): Promise<RestAnswer> {
  const { pid, cid, status, statusmsg } = find(exchange, context);
  if (status === ProcessStatus.failed) throw new HttpError(409, 'FAILED', `Process ${pid} failed: ${statusmsg}`);
  if (status !== ProcessStatus.completed) {
    throw new HttpError(409, 'NOT_COMPLETED', `Process ${pid} is not completed yet: ask for its status.`);
  }
  const head = JSON.stringify({ pid, cid: toJsonInteger(cid), code: 200, message: 'success' });
  const { response } = exchange;
  const out = new JsonListWriter(response, `${head.slice(0, -1)},"results":[`, ']}');
  for (let seq = 0; !response.destroyed; seq += PIECES_PER_READ) {
    const pieces = context.store.readResults(pid, seq, PIECES_PER_READ);
    // A result may have no rows.
    await out.write(pieces.filter((piece) => piece !== '').join(','));
    if (pieces.length < PIECES_PER_READ) break;
  }
  // Deleted meanwhile, because its time was over: half of it must not look whole.
  if (context.store.find(exchange.cid, exchange.analysis, pid)) out.end();
  else response.destroy();
  return undefined;
}

/** All paths of video. */
export function refuseVideo(): RestAnswer {
  const message = 'This service has no engine for video: it looks at no frames. Submit the sound alone as audio.';
  throw new HttpError(501, 'NOT_IMPLEMENTED', message);
}

function find({ cid, analysis, pid }: RestExchange, { store }: RestContext): StoredProcess {
  const process = Number.isSafeInteger(pid) ? store.find(cid, analysis, pid) : undefined;
  if (!process) throw notFound(`Project ${cid} has no such process here.`);
  return process;
}
