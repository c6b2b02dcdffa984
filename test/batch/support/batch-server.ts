import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

const PARSED_BYTES = 8 * 1024 * 1024;

/** What came with a submission. */
export interface Received {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly fileName?: string;
  readonly sha256?: string;
  readonly fileBytes?: number;
}

/** A process as the documented JSON has it. */
export interface ProcessJson {
  pid: number;
  cid: number;
  name: string;
  status: number;
  statusmsg: string;
  duration: number;
  datetime: string;
  meta: string | null;
}

type Handler = (request: IncomingMessage, response: ServerResponse, server: BatchServer) => unknown;

/** An HTTP server on a free port that speaks the documented batch API, and anything else when told to. */
export class BatchServer {
  readonly cid = 10000119;
  readonly apiKey = 'a-token-that-nobody-may-see';
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly received: Received[] = [];
  readonly processes: ProcessJson[] = [];
  /** Statuses that each process goes through, one a question; the last one stays. */
  statuses: readonly number[] = [0, 1, 2];
  /** Rows of the results of every process. */
  rows: readonly unknown[] = [];
  keepsMeta = true;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #faults: { readonly match: RegExp; readonly handle: Handler }[] = [];
  readonly #asked = new Map<number, number>();
  readonly #waiting: { readonly match: RegExp; readonly resolve: () => void }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<BatchServer> {
    const server = new BatchServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v5`;
  }

  /** Options for a client of this server, quick to try again. */
  get client() {
    const { cid, apiKey, baseUrl } = this;
    const retry = { initialDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 20 };
    return {
      cid,
      apiKey,
      baseUrl,
      retry,
      poll: { initialDelayMs: 1, maxDelayMs: 2 },
      idleTimeoutMs: 5000,
      requestTimeoutMs: 10_000,
    };
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Handles one request of those whose `METHOD /path` matches otherwise. */
  once(match: RegExp, handle: Handler): void {
    this.#faults.push({ match, handle });
  }

  /** How often a `METHOD /path?query` that matches was asked. */
  count(match: RegExp): number {
    return this.requests.filter(({ line }) => match.test(line)).length;
  }

  /** Resolves when the next request that matches has come. */
  asked(match: RegExp): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ match, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  /** Accepts a submission whose form is read whole. */
  async accept(request: IncomingMessage): Promise<ProcessJson> {
    const received = await readSubmission(request);
    this.received.push(received);
    const { name = '', meta } = received.fields;
    const process: ProcessJson = {
      pid: 44676 + this.processes.length,
      cid: this.cid,
      name: String(name),
      status: this.statuses[0] ?? 0,
      statusmsg: '',
      duration: 0,
      datetime: new Date().toISOString(),
      meta: this.keepsMeta && typeof meta === 'string' ? meta : null,
    };
    this.processes.push(process);
    return process;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    response.on('error', () => {});
    const line = `${request.method} ${request.url}`;
    this.requests.push({ line, headers: request.headers });
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.match.test(line)) waiting.resolve();
      else this.#waiting.push(waiting);
    }
    try {
      const fault = this.#faults.findIndex(({ match }) => match.test(line));
      if (fault >= 0) await this.#faults.splice(fault, 1)[0]!.handle(request, response, this);
      else await this.serve(request, response);
    } catch {
      response.destroy();
    }
  }

  /** Answers as documented. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers['x-auth-token'] !== this.apiKey) {
      json(response, 401, { code: 401, message: 'Unauthorized' });
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '', this.baseUrl);
    const [, kind, video, pid, results] =
      /^\/v5\/(clients|detection\/clients)\/10000119\/processes(\/video)?(?:\/(\d+))?(\/results)?$/.exec(pathname) ?? [];
    if (pathname === '/v5/auth') {
      const isRight = request.headers['x-auth-client'] === String(this.cid);
      json(response, isRight ? 200 : 401, isRight ? { ok: true } : { code: 401, message: 'Unknown client' });
    } else if (request.method === 'POST') json(response, 200, await this.accept(request));
    else if (kind === undefined) json(response, 404, { code: 404, message: 'Not found' });
    else if (pid === undefined) json(response, 200, this.#page(searchParams));
    else this.#serveProcess(Number(pid), results !== undefined, video !== undefined, response);
  }

  #serveProcess(pid: number, isResults: boolean, isVideo: boolean, response: ServerResponse): void {
    const process = this.processes.find((one) => one.pid === pid);
    if (!process) {
      json(response, 404, { code: 404, message: `No process ${pid}` });
      return;
    }
    if (isResults) {
      const rows = isVideo ? { audio_results: this.rows, video_results: this.rows } : { results: this.rows };
      json(response, 200, { pid, cid: this.cid, code: 0, message: 'ok', ...rows });
      return;
    }
    const times = (this.#asked.get(pid) ?? 0) + 1;
    this.#asked.set(pid, times);
    process.status = this.statuses[Math.min(times, this.statuses.length - 1)] ?? 2;
    if (process.status === 2) process.duration = 14.1;
    json(response, 200, process);
  }

  #page(query: URLSearchParams): ProcessJson[] {
    const size = Number(query.get('pageSize'));
    const from = Number(query.get('page')) * size;
    const [start, end] = [query.get('startDate') ?? '', query.get('endDate') ?? '9999'];
    const within = this.processes.filter(({ datetime }) => datetime.slice(0, 10) >= start && datetime.slice(0, 10) < end);
    return (query.get('sort') === 'desc' ? within.toReversed() : within).slice(from, from + size);
  }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readSubmission(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Of a large upload only the beginning, which has the fields.
    if (bytes <= PARSED_BYTES) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) return { fields: JSON.parse(body.toString()) as Record<string, unknown> };
  if (bytes > PARSED_BYTES) return { fields: { name: 'large' }, fileBytes: bytes };
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const file = form.get('file') as File;
  const content = Buffer.from(await file.arrayBuffer());
  const fields = Object.fromEntries([...form].filter(([name]) => name !== 'file'));
  return { fields, fileName: file.name, sha256: sha256(content), fileBytes: content.length };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
