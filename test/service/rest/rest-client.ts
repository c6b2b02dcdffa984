import { readFileSync } from 'node:fs';
import type { LocalService } from '../../../src/service/index.js';
import type { ProcessJson, ResultsJson } from '../../../src/service/rest/process-json.js';

/** A recording of test/fixtures or examples. */
export function recording(path: string): Buffer {
  return readFileSync(new URL(`../../../${path}`, import.meta.url));
}

/** Speech of some seconds. */
export const SPEECH = 'test/fixtures/mono/rate_slt_x100.wav';

/** A form for `processes/audio`. */
export function form(audio: Uint8Array, fields: Record<string, string> = {}, fileName = 'call.wav'): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', new Blob([Uint8Array.from(audio)]), fileName);
  return data;
}

/** What came back of a request. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** A plain HTTP client of the REST half, with no idea of what is right. */
export class RestClient {
  readonly baseUrl: string;
  readonly cid: string;
  readonly token: string;

  constructor({ batchConnection }: Pick<LocalService, 'batchConnection'>, as: { cid?: string; token?: string } = {}) {
    this.baseUrl = batchConnection!.baseUrl;
    this.cid = as.cid ?? batchConnection!.cid;
    this.token = as.token ?? batchConnection!.apiKey;
  }

  /** Sends a request as it is told to; paths are relative to the base URL, with `{cid}`. */
  async send(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: FormData | string } = {},
  ) {
    const response = await fetch(`${this.baseUrl}/${path.replace('{cid}', this.cid)}`, {
      method,
      headers: { ...(this.token !== '' && { 'x-auth-token': this.token }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: JSON.parse(text) } satisfies Reply;
  }

  async get<Json>(path: string): Promise<Json> {
    const { status, json } = await this.send('GET', path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(json)}`);
    return json as Json;
  }

  async submit(audio: Uint8Array, fields: Record<string, string> = {}, detection = ''): Promise<ProcessJson> {
    const { status, json } = await this.send('POST', `${detection}clients/{cid}/processes/audio`, { body: form(audio, fields) });
    if (status !== 200) throw new Error(`the submission was answered ${status}: ${JSON.stringify(json)}`);
    return json as ProcessJson;
  }

  /** Asks until the process has ended. */
  async ended(pid: number, detection = ''): Promise<ProcessJson> {
    for (;;) {
      const process = await this.get<ProcessJson>(`${detection}clients/{cid}/processes/${pid}`);
      if (process.status !== 0 && process.status !== 1) return process;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  results(pid: number, detection = ''): Promise<ResultsJson> {
    return this.get<ResultsJson>(`${detection}clients/{cid}/processes/${pid}/results`);
  }
}
