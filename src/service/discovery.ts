import type { Server } from '@grpc/grpc-js';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import { SERVICE_NAME } from '../grpc/package-definition.js';
import { descriptor } from '../grpc/proto/descriptor.js';
import type { ServiceLogger } from './service-logger.js';

/** Adds gRPC health checks and server reflection; returns what marks the service as closing to health checks. */
export async function addDiscovery(server: Server, logger: ServiceLogger): Promise<{ closing: () => void }> {
  const packages = await load().catch((error: unknown) => {
    logger.warn({ err: error }, 'health checks and reflection are not available, because their packages could not be loaded');
  });
  if (!packages) return { closing: () => {} };
  const { HealthImplementation, protoPath, ReflectionService } = packages;
  const services = ['', SERVICE_NAME];
  const health = new HealthImplementation(Object.fromEntries(services.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  const definitions = { ...fromJSON(withProtoNames(descriptor) as Descriptor), ...loadSync(protoPath, { keepCase: true }) };
  new ReflectionService(definitions).addToServer(server);
  return {
    closing: () => {
      for (const name of services) health.setStatus(name, 'NOT_SERVING');
    },
  };
}

/** The packages read .proto files beside their code when they are loaded; a bundler leaves those behind. */
async function load() {
  const [{ HealthImplementation, protoPath }, { ReflectionService }] = await Promise.all([
    import('grpc-health-check'),
    import('@grpc/reflection'),
  ]);
  return { HealthImplementation, protoPath, ReflectionService };
}

/** Gives the embedded descriptor's fields the names they have in the proto, which those who ask want to see: `sample_rate_hertz`. */
function withProtoNames(node: object): object {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]: [string, unknown]) => {
      if (key === 'oneof' && Array.isArray(value)) return [key, value.map(snakeCase)];
      if (typeof value !== 'object' || value === null) return [key, value];
      const named =
        key === 'fields' ? Object.fromEntries(Object.entries(value).map(([name, field]) => [snakeCase(name), field])) : value;
      return [key, withProtoNames(named)];
    }),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type Descriptor = Parameters<typeof fromJSON>[0];
