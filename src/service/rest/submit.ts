import { rm } from 'node:fs/promises';
import { readRecordingUrl } from '../jobs/recording-url.js';
import { OUTDATED_PROJECT } from '../project-registry.js';
import type { Submission } from '../store/stored-process.js';
import { HttpError, invalid } from './http-error.js';
import { processJson } from './process-json.js';
import { readJson } from './read-json.js';
import { receiveUpload } from './receive-upload.js';
import type { RestAnswer, RestContext, RestExchange } from './rest-exchange.js';

const MAX_NAME_LENGTH = 500;
const MAX_META_LENGTH = 64 * 1024;

/** `POST processes/audio`: receives a recording, keeps it, and only then answers. */
export async function submitAudio(exchange: RestExchange, context: RestContext): Promise<RestAnswer> {
  expectRoom(exchange, context);
  const { settings, directory, createParser, uploads } = context;
  const endUpload = uploads.begin(exchange.cid);
  try {
    const { file, fileName, fields } = await receiveUpload(exchange.request, {
      createParser,
      directory,
      maxBytes: settings.maxUploadBytes,
    });
    try {
      const { name, meta, embeddings } = readFields({ name: fileName, ...Object.fromEntries(fields) });
      return keep(exchange, context, { name, meta, embeddings, file, url: null });
    } catch (error) {
      await rm(directory.uploadPath(file), { force: true });
      throw error;
    }
  } finally {
    endUpload();
  }
}

/** `POST processes/s3-presigned-url`: keeps where a recording is to be fetched from; its job fetches it. */
export async function submitPresignedUrl(exchange: RestExchange, context: RestContext): Promise<RestAnswer> {
  expectRoom(exchange, context);
  const body = await readJson(exchange.request);
  if (typeof body.url !== 'string') throw invalid('url is missing: it must be the URL of a recording.');
  const url = readRecordingUrl(body.url, context.settings);
  if (typeof url === 'string') throw invalid(url);
  const fileName = decodeName(url.pathname.split('/').pop() ?? '');
  return keep(exchange, context, { ...readFields({ name: fileName, ...body }), file: null, url: url.href });
}

function expectRoom({ cid }: RestExchange, { projects, store, settings }: RestContext): void {
  if (projects.isOutdated(cid)) throw new HttpError(403, 'OUTDATED_PROJECT', OUTDATED_PROJECT);
  const { maxPending, maxPendingPerProject } = settings;
  const refuse = (whose: string, limit: number) => {
    const message = `${limit} submissions ${whose} wait already, the limit; try again later.`;
    throw new HttpError(429, 'TOO_MANY_PENDING', message, { 'retry-after': '10' });
  };
  if (store.countPending(cid) >= maxPendingPerProject) refuse(`of project ${cid}`, maxPendingPerProject);
  if (store.countPending() >= maxPending) refuse('of all projects', maxPending);
}

function keep(
  { cid, analysis, note }: RestExchange,
  { store, queue }: RestContext,
  submission: Omit<Submission, 'cid' | 'analysis'>,
): RestAnswer {
  const process = store.submit({ cid, analysis, ...submission });
  note({ pid: process.pid });
  queue.wake();
  return { status: 200, body: processJson(process) };
}

/** Form fields are text; a JSON body may also hold what the text stands for. */
function readFields({ name, embeddings, meta, enable_generator_detection }: Readonly<Record<string, unknown>>) {
  // The store would end a text at NUL.
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH || name.includes('\0')) {
    throw invalid(`name must be text of up to ${MAX_NAME_LENGTH} characters, none of them NUL.`);
  }
  // Checked, and without effect: this service's engine tells no generators, and their task is absent from its results.
  readFlag('enable_generator_detection', enable_generator_detection);
  return { name, embeddings: readFlag('embeddings', embeddings), meta: readMeta(meta) };
}

function readFlag(name: string, value: unknown): boolean {
  const text = typeof value === 'object' && value !== null ? 'an object' : String(value ?? '').toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0' || text === '') return false;
  throw invalid(`${name} must be true or false.`);
}

function readMeta(meta: unknown): string | null {
  if (meta === undefined || meta === null || meta === '') return null;
  const text = typeof meta === 'string' ? meta : jsonText(meta);
  if (text.length > MAX_META_LENGTH) throw invalid(`meta must be JSON of up to ${MAX_META_LENGTH} characters.`);
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw invalid('meta must be JSON.');
  }
}

/** What was parsed without trouble may be nested too deep to be written. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw invalid('meta is nested too deep.');
  }
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text).replaceAll('\0', '').slice(0, MAX_NAME_LENGTH);
  } catch {
    return '';
  }
}
