import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError, invalid, notFound } from './http-error.js';
import { describeRoutes } from './openapi.js';
import type { RestContext, RestExchange } from './rest-exchange.js';
import { createRoutes, pathPattern, type Route } from './routes.js';
import { storageFull } from './storage-full.js';

/** How long a client that was refused may go on sending before its connection is closed. */
const DISCARD_MS = 1_000;

/** A request that matched a route. */
interface Match {
  readonly route: Route;
  readonly cid: string | undefined;
  readonly pid: string | undefined;
}

/** Serves requests: finds the route, lets the project in, answers in JSON, logs a line without secrets. */
export class RequestHandler {
  readonly #context: RestContext;
  readonly #engine: string;
  readonly #routes: readonly { readonly route: Route; readonly pattern: RegExp }[];

  constructor(context: RestContext, engine: string) {
    this.#context = context;
    this.#engine = engine.replace(/[^\x20-\x7e]/g, '?');
    const routes: readonly Route[] = createRoutes(() => describeRoutes(routes));
    this.#routes = routes.map((route) => ({ route, pattern: pathPattern(route) }));
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const requestId = randomUUID();
    const logged: Record<string, unknown> = { requestId, method: request.method };
    response.setHeader('x-request-id', requestId);
    response.setHeader('x-behavioral-signals-engine', this.#engine);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.on('close', () => {
      const fields = { ...logged, status: response.statusCode, tookMs: Math.round(performance.now() - startedMs) };
      this.#context.logger.info(response.writableFinished ? fields : { ...fields, brokeOff: true }, 'request');
    });
    // A client that vanishes is no failure.
    response.on('error', () => {});
    request.on('error', () => {});
    try {
      const url = targetOf(request);
      const match = this.#match(request.method, url.pathname);
      logged.route = match.route.path;
      const cid = this.#authorise(request, match);
      if (cid !== '') logged.cid = cid;
      const exchange: RestExchange = {
        request,
        response,
        query: url.searchParams,
        cid,
        analysis: match.route.analysis ?? 'behavior',
        pid: readPid(match.pid),
        note: (fields) => Object.assign(logged, fields),
      };
      if (!Number.isNaN(exchange.pid)) logged.pid = exchange.pid;
      const answer = await match.route.handle(exchange, this.#context);
      if (answer) send(request, response, answer.status, answer.body);
    } catch (error) {
      this.#refuse(request, response, error, requestId);
    }
  }

  #match(method: string | undefined, path: string): Match {
    let allowed: string[] = [];
    for (const { route, pattern } of this.#routes) {
      const groups = pattern.exec(path)?.groups ?? (pattern.test(path) ? {} : undefined);
      if (!groups) continue;
      if (route.method === method) return { route, cid: groups.cid, pid: groups.pid };
      allowed = [...new Set([...allowed, route.method])];
    }
    if (allowed.length === 0) throw notFound('There is no such path; /v5/openapi.json lists those there are.');
    const allow = allowed.join(', ');
    throw new HttpError(405, 'METHOD_NOT_ALLOWED', `This path answers ${allow} only.`, { allow });
  }

  /** The project that the request is for, once it has shown its token; empty where none is needed. */
  #authorise({ headers }: IncomingMessage, { route, cid }: Match): string {
    if (route.isPublic) return '';
    const project = cid ?? String(headers['x-auth-client'] ?? '');
    const token = headers['x-auth-token'];
    const isKnown = this.#context.projects.accepts(project, typeof token === 'string' ? token : '');
    if (typeof token !== 'string' || token === '') {
      throw new HttpError(401, 'UNAUTHENTICATED', "X-Auth-Token is missing: it must be the project's API token.");
    }
    if (!isKnown) throw new HttpError(401, 'UNAUTHENTICATED', 'There is no project of this ID with this X-Auth-Token.');
    return project;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown, requestId: string): void {
    if (!(error instanceof HttpError)) this.#context.logger.error({ requestId, err: error }, 'a request failed');
    const refusal =
      error instanceof HttpError
        ? error
        : (storageFull(error) ??
          new HttpError(500, 'INTERNAL', `The service failed on this request; it has logged why, as request ${requestId}.`));
    // Half a success can only be cut off.
    if (response.headersSent) response.destroy();
    else send(request, response, refusal.status, refusal.toJSON(), refusal.headers);
  }
}

/** @throws HttpError for a target that is none, such as `http://[`. */
function targetOf({ url = '/' }: IncomingMessage): URL {
  // A path that begins with two slashes is no host.
  const text = url.startsWith('/') ? `http://service${url}` : url;
  if (!URL.canParse(text, 'http://service')) throw invalid('The path of the request is none.');
  return new URL(text, 'http://service');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
  if (request.complete) return;
  // What is still being sent of a request that was refused is not awaited for long. It isn't announced with "connection: close" either:
  // Node would close at once on what was not read yet, which resets the connection, and the client would never read why.
  request.resume();
  const timer = setTimeout(() => request.destroy(), DISCARD_MS);
  request.once('close', () => clearTimeout(timer));
}

/** Only plain numbers are IDs; anything else is one that no process has. */
function readPid(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
}
