import { BASE_PATH, type BodyName, type Route, type SchemaName } from './routes.js';

const text = { type: 'string' } as const;
const nullableText = { type: ['string', 'null'] } as const;
const wholeNumber = { type: 'integer' } as const;
/** Beyond what a number holds exactly, IDs are text. */
const id = { type: ['integer', 'string'] } as const;
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: object, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const label = object(
  {
    label: { ...nullableText, description: 'null where the task has none' },
    posterior: { ...nullableText, description: 'a number as text' },
    logit: text,
    score: text,
    dominantInSegments: { type: ['array', 'null'], items: wholeNumber },
  },
  ['logit', 'score'],
);

const row = object({
  id: { ...text, description: 'an utterance and its segments share one' },
  startTime: { ...text, description: 'seconds' },
  endTime: { ...text, description: 'seconds' },
  task: text,
  prediction: { type: 'array', items: ref('Label') },
  finalLabel: { ...nullableText, description: 'empty when no claim is made, null where the task has no labels' },
  level: { type: 'string', enum: ['segment', 'utterance'] },
  embedding: { ...text, description: 'a JSON array of numbers as text; empty for none' },
  st: { type: 'number' },
  et: { type: 'number' },
});

const schemas: Readonly<Record<SchemaName | 'Label' | 'Result' | 'Error', object>> = {
  Credentials: object({ code: wholeNumber, message: text, cid: id }),
  Process: object({
    pid: wholeNumber,
    cid: id,
    name: text,
    status: { type: 'integer', enum: [0, 1, 2, -1], description: '0 pending, 1 processing, 2 completed, -1 failed' },
    statusmsg: { ...text, description: 'why, when it failed' },
    duration: { type: 'number', description: 'seconds; 0 until known' },
    datetime: { type: 'string', format: 'date-time' },
    meta: { ...nullableText, description: 'the JSON text that was submitted' },
  }),
  Processes: { type: 'array', items: ref('Process') },
  Label: label,
  Result: row,
  Results: object({
    pid: wholeNumber,
    cid: id,
    code: wholeNumber,
    message: text,
    results: { type: 'array', items: ref('Result') },
  }),
  Document: { type: 'object' },
  Error: object({ code: wholeNumber, message: text, details: object({ reason: text }) }),
};

const optionalFields = {
  name: { type: 'string', maxLength: 500 },
  embeddings: { type: 'boolean', default: false },
  meta: { ...text, description: 'JSON' },
  enable_generator_detection: { type: 'boolean', default: false, description: 'without effect here' },
};

const bodies: Readonly<Record<BodyName, object>> = {
  AudioForm: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' }, ...optionalFields },
        required: ['file'],
      },
    },
  },
  PresignedUrl: {
    'application/json': {
      schema: { type: 'object', properties: { url: { type: 'string', format: 'uri' }, ...optionalFields }, required: ['url'] },
    },
  },
};

const LIST_PARAMETERS = [
  query('page', { type: 'integer', minimum: 0, default: 0 }),
  query('pageSize', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
  query('sort', { type: 'string', enum: ['asc', 'desc'], default: 'asc' }),
  query('startDate', { type: 'string', format: 'date' }),
  query('endDate', { type: 'string', format: 'date', description: 'exclusive' }),
];

function query(name: string, schema: object): object {
  return { name, in: 'query', schema };
}

/** The OpenAPI 3.1 document of the routes. */
export function describeRoutes(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'behavioral-signals-rx local service',
      version: '5.0.0',
      description: "Speaks the vendor's batch API with a local engine; independent and unofficial.",
    },
    servers: [{ url: BASE_PATH }],
    paths,
    components: { schemas, securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } } },
  };
}

function operation({ path, operationId, summary, isPublic, isList, body, answer, refusals }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  }));
  const client = path === '/auth' ? [{ name: 'X-Auth-Client', in: 'header', required: true, schema: text }] : [];
  const content = (name: string) => ({ 'application/json': { schema: ref(name) } });
  const statuses = [...(isPublic ? [] : [401]), ...refusals, 500];
  return {
    operationId,
    summary,
    security: isPublic ? [] : [{ token: [] }],
    parameters: [...client, ...inPath, ...(isList ? LIST_PARAMETERS : [])],
    ...(body && { requestBody: { required: true, content: bodies[body] } }),
    responses: {
      ...(answer && { 200: { description: 'Success', content: content(answer) } }),
      ...Object.fromEntries(statuses.map((status) => [status, { description: 'Refused', content: content('Error') }])),
    },
  };
}
