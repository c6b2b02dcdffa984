import { once } from 'node:events';
import { toJsonInteger } from '../../predictions/wire-text.js';
import { ProcessStatus, type StoredProcess } from '../store/stored-process.js';
import { HttpError, notFound } from './http-error.js';
import { readListQuery } from './list-query.js';
import { processJson } from './process-json.js';
import type { RestAnswer, RestContext, RestExchange } from './rest-exchange.js';

/** Pieces of results read from the store at once. */
const PIECES_PER_READ = 128;

/** `GET processes`: one page of what the project has submitted. */
export function listProcesses({ cid, analysis, query }: RestExchange, { store }: RestContext): RestAnswer {
  return { status: 200, body: store.list({ cid, analysis, ...readListQuery(query) }).map(processJson) };
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
  const { response } = exchange;
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  const head = JSON.stringify({ pid, cid: toJsonInteger(cid), code: 200, message: 'success' });
  response.write(`${head.slice(0, -1)},"results":[`);
  let separator = '';
  for (let seq = 0; !response.destroyed; seq += PIECES_PER_READ) {
    const pieces = context.store.readResults(pid, seq, PIECES_PER_READ);
    // A result may have no rows.
    const rows = pieces.filter((piece) => piece !== '').join(',');
    if (rows !== '') {
      const goesOn = response.write(separator + rows);
      separator = ',';
      if (!goesOn) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    if (pieces.length < PIECES_PER_READ) break;
  }
  // Deleted meanwhile, because its time was over: half of it must not look whole.
  if (context.store.find(exchange.cid, exchange.analysis, pid)) response.end(']}');
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
