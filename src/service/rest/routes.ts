import { toJsonInteger } from '../../predictions/wire-text.js';
import type { Analysis } from '../store/stored-process.js';
import { listProcesses, refuseVideo, sendResults, showProcess } from './processes.js';
import type { RestAnswer, RestContext, RestExchange } from './rest-exchange.js';
import { submitAudio, submitPresignedUrl } from './submit.js';

/** Where the API begins: what a client takes for its base URL. */
export const BASE_PATH = '/v5';

/** Names of the schemas in the OpenAPI document. */
export type SchemaName = 'Credentials' | 'Process' | 'Processes' | 'Results' | 'Document';
/** Names of the request bodies in the OpenAPI document. */
export type BodyName = 'AudioForm' | 'PresignedUrl';

/** One method of one path: how it is served, and what the OpenAPI document says of it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below {@link BASE_PATH}, with `{cid}` and `{pid}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Whether anybody may ask. Default: false, a project's token is needed. */
  readonly isPublic?: boolean;
  readonly analysis?: Analysis;
  readonly body?: BodyName;
  readonly isList?: boolean;
  /** What a success answers; undefined when there is none. */
  readonly answer?: SchemaName;
  /** Statuses of refusals, beside those of the token. */
  readonly refusals: readonly number[];
  handle(exchange: RestExchange, context: RestContext): RestAnswer | Promise<RestAnswer>;
}

const SUBMIT_REFUSALS = [400, 403, 413, 415, 429, 507];

function processRoutes(analysis: Analysis, prefix: string): Route[] {
  const subject = analysis === 'behavior' ? 'Behavior' : 'Deepfakes';
  return [
    {
      method: 'POST',
      path: `${prefix}/processes/audio`,
      operationId: `submit${subject}Audio`,
      summary: 'Submits a recording; it is kept before this is answered.',
      analysis,
      body: 'AudioForm',
      answer: 'Process',
      refusals: [...SUBMIT_REFUSALS, 503],
      handle: submitAudio,
    },
    {
      method: 'POST',
      path: `${prefix}/processes/s3-presigned-url`,
      operationId: `submit${subject}Url`,
      summary: 'Submits the URL of a recording, which is fetched when its turn comes: public addresses only, no redirects.',
      analysis,
      body: 'PresignedUrl',
      answer: 'Process',
      refusals: SUBMIT_REFUSALS,
      handle: submitPresignedUrl,
    },
    {
      method: 'GET',
      path: `${prefix}/processes`,
      operationId: `list${subject}`,
      summary: 'Lists submissions, by the time they came.',
      analysis,
      isList: true,
      answer: 'Processes',
      refusals: [400],
      handle: listProcesses,
    },
    {
      method: 'GET',
      path: `${prefix}/processes/{pid}`,
      operationId: `show${subject}`,
      summary: 'Tells where a submission, or a stream, is.',
      analysis,
      answer: 'Process',
      refusals: [404],
      handle: showProcess,
    },
    {
      method: 'GET',
      path: `${prefix}/processes/{pid}/results`,
      operationId: `results${subject}`,
      summary:
        'Gives the results of a completed submission, or stream. asr, language, diarization and generator are never among them.',
      analysis,
      answer: 'Results',
      refusals: [404, 409],
      handle: sendResults,
    },
  ];
}

function videoRoute(method: 'GET' | 'POST', path: string, operationId: string): Route {
  return {
    method,
    path: `/detection/clients/{cid}/processes/${path}`,
    operationId,
    summary: 'Not implemented: this service has no engine for video.',
    analysis: 'deepfake',
    refusals: [501],
    handle: refuseVideo,
  };
}

/** Everything that is served, in the order in which paths are compared. */
export function createRoutes(describe: () => object): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      operationId: 'describe',
      summary: 'This document.',
      isPublic: true,
      answer: 'Document',
      refusals: [],
      handle: () => ({ status: 200, body: describe() }),
    },
    {
      method: 'GET',
      path: '/auth',
      operationId: 'checkCredentials',
      summary: 'Checks a token; the project is named by the header X-Auth-Client.',
      answer: 'Credentials',
      refusals: [],
      handle: ({ cid }) => ({ status: 200, body: { code: 200, message: 'success', cid: toJsonInteger(cid) } }),
    },
    videoRoute('POST', 'video', 'submitVideo'),
    videoRoute('POST', 's3-presigned-video-url', 'submitVideoUrl'),
    videoRoute('GET', 'video', 'listVideos'),
    videoRoute('GET', 'video/{pid}', 'showVideo'),
    videoRoute('GET', 'video/{pid}/results', 'resultsVideo'),
    ...processRoutes('behavior', '/clients/{cid}'),
    ...processRoutes('deepfake', '/detection/clients/{cid}'),
  ];
}

/** A route's path as an expression with the groups `cid` and `pid`, which take anything: a wrong one is refused in words. */
export function pathPattern({ path }: Route): RegExp {
  const source = path.replaceAll('.', '[.]').replace(/\{(\w+)\}/g, '(?<$1>[^/]*)');
  return new RegExp(`^${BASE_PATH}${source}/?$`);
}
