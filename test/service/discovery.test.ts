import { createRequire } from 'node:module';
import path from 'node:path';
import type { Client } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { expect, it } from 'vitest';
import { SERVICE_NAME } from '../../src/grpc/package-definition.js';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

const reflectionProto = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@grpc/reflection')),
  '../proto/grpc/reflection/v1/reflection.proto',
);
const health = loadSync(healthProto, { enums: String })['grpc.health.v1.Health'] as Definition;
const reflection = loadSync(reflectionProto, { defaults: true })['grpc.reflection.v1.ServerReflection'] as Definition;

type Definition = Extract<ReturnType<typeof loadSync>[string], { [name: string]: { path: string } }>;

function unary(client: Client, { path, requestSerialize, responseDeserialize }: Definition[string], request: object) {
  return new Promise<object>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, value) =>
      error || !value ? reject(error) : resolve(value),
    );
  });
}

it('health checks say that the service serves, and then that it no longer does', async () => {
  const service = await startLocalService({ engine: levelMeter().engine });
  await using client = new WireClient(service);
  for (const name of ['', SERVICE_NAME]) {
    expect(await unary(client.grpc, health.Check!, { service: name })).toMatchObject({ status: 'SERVING' });
  }
  await expect(unary(client.grpc, health.Check!, { service: 'other' })).rejects.toMatchObject({ code: 5 });
  const watch = health.Watch!;
  const watcher = client.grpc.makeServerStreamRequest(watch.path, watch.requestSerialize, watch.responseDeserialize, {
    service: SERVICE_NAME,
  });
  const seen: unknown[] = [];
  const first = new Promise((resolve) => watcher.once('data', resolve));
  watcher.on('data', ({ status }: { status?: unknown }) => seen.push(status));
  watcher.on('error', () => {});
  await first;
  // The watcher never ends by itself, and must not hold up the closing.
  await service.close({ graceMs: 60_000 });
  expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
});

it('reflection lists the services and describes the streaming API', async () => {
  await using service = await startLocalService({ engine: levelMeter().engine });
  await using client = new WireClient(service);
  const info = reflection.ServerReflectionInfo!;
  const ask = async (request: object) => {
    const stream = client.grpc.makeBidiStreamRequest(info.path, info.requestSerialize, info.responseDeserialize);
    const answer = new Promise<Answer>((resolve, reject) => stream.once('data', resolve).once('error', reject));
    stream.end(request);
    const value = await answer;
    stream.resume();
    return value;
  };
  const { listServicesResponse } = await ask({ listServices: '*' });
  expect(listServicesResponse?.service.map(({ name }) => name).sort()).toEqual([SERVICE_NAME, 'grpc.health.v1.Health']);
  const { fileDescriptorResponse } = await ask({ fileContainingSymbol: `${SERVICE_NAME}.StreamAudio` });
  const text = Buffer.concat(fileDescriptorResponse?.fileDescriptorProto ?? []).toString('latin1');
  for (const name of ['StreamAudio', 'DeepfakeDetection', 'sample_rate_hertz', 'feature_embedding']) expect(text).toContain(name);
});

interface Answer {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
}
