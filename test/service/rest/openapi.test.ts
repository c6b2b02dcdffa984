import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalService, startLocalService } from '../../../src/service/index.js';
import { BASE_PATH, createRoutes } from '../../../src/service/rest/routes.js';
import { form, RestClient, recording, SPEECH } from './rest-client.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Schema;
}
interface Operation {
  operationId: string;
  security: object[];
  parameters: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, { schema: Schema }> }>;
}
interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

let service: LocalService;
let client: RestClient;
let document: Document;
let pid: number;
beforeAll(async () => {
  service = await startLocalService({ vad: 'light', rest: {} });
  client = new RestClient(service);
  document = (await new RestClient(service, { token: '' }).send('GET', 'openapi.json')).json as Document;
  ({ pid } = await client.submit(recording(SPEECH), { embeddings: 'true' }));
  await client.ended(pid);
});
afterAll(() => service.close());

/** What is wrong with a value, by the part of JSON Schema that the document uses. */
function complaints(value: unknown, schema: Schema, place = '$'): string[] {
  if (schema.$ref) return complaints(value, document.components.schemas[schema.$ref.split('/').pop()!]!, place);
  const types = [schema.type ?? []].flat();
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const fits = types.length === 0 || types.includes(type) || (Number.isInteger(value) && types.includes('integer'));
  if (!fits) return [`${place} is ${type}, not ${types.join(' or ')}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${place} is ${value}`];
  if (Array.isArray(value))
    return value.flatMap((item, i) => (schema.items ? complaints(item, schema.items, `${place}[${i}]`) : []));
  if (type !== 'object') return [];
  const entries = Object.entries(value as object);
  return [
    ...(schema.required ?? []).filter((name) => !(name in (value as object))).map((name) => `${place}.${name} is missing`),
    ...entries.flatMap(([name, item]) => {
      const known = schema.properties?.[name];
      if (!known) return schema.additionalProperties === false ? [`${place}.${name} is not described`] : [];
      return complaints(item, known, `${place}.${name}`);
    }),
  ];
}

describe('the OpenAPI document', () => {
  it('describes every route and nothing else', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: BASE_PATH }]);
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = createRoutes(() => ({})).map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(served.sort());
    const ids = Object.values(document.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers only to what it holds', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
  });

  it('tells the truth about each answer: its status and its form', async () => {
    const url = { url: 'https://bucket.example/a.wav' };
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { responses, requestBody, security }] of Object.entries(operations)) {
        const known = path.includes('/detection') ? 999_999 : pid;
        const target = path.slice(1).replace('{pid}', String(known));
        const isForm = requestBody?.content['multipart/form-data'];
        const body = isForm ? form(recording(SPEECH)) : requestBody ? JSON.stringify(url) : undefined;
        const headers = { 'x-auth-client': client.cid, ...(requestBody && !isForm && { 'content-type': 'application/json' }) };
        const options = { headers, ...(body !== undefined && { body }) };
        const nobody = new RestClient(service, { token: 'nobody' });
        for (const sender of [client, ...(security.length > 0 ? [nobody] : [])]) {
          const { status, json } = await sender.send(method.toUpperCase(), target, options);
          const where = `${method} ${path} ${status}`;
          expect(Object.keys(responses), where).toContain(String(status));
          expect(complaints(json, responses[status]!.content['application/json']!.schema), where).toEqual([]);
        }
      }
    }
  });
});
