import type { Server } from '@grpc/grpc-js';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import type { Logger } from '../events/index.js';
import { SERVICE_NAME } from '../grpc/package-definition.js';
import { descriptor } from '../grpc/proto/descriptor.js';

/** The whole server, and the service. */
const SERVICES = ['', SERVICE_NAME];

/**
 * Adds gRPC health checks and server reflection; returns what marks the service as closing to health checks.
 *
 * Their packages read .proto files beside their code, which a bundler leaves behind: without them, the service goes without.
 */
export async function addDiscovery(server: Server, logger: Logger): Promise<{ closing: () => void }> {
  const health = await attempt('health checks are', logger, async () => {
    const { HealthImplementation, protoPath } = await import('grpc-health-check');
    const health = new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, 'SERVING'])));
    health.addToServer(server);
    return { protoPath, setStatus: health.setStatus.bind(health) };
  });
  await attempt('reflection is', logger, async () => {
    const { ReflectionService } = await import('@grpc/reflection');
    const streaming = fromJSON(withProtoNames(descriptor) as Descriptor);
    const definitions = health ? { ...streaming, ...loadSync(health.protoPath, { keepCase: true }) } : streaming;
    new ReflectionService(definitions).addToServer(server);
  });
  return {
    closing: () => {
      for (const name of SERVICES) health?.setStatus(name, 'NOT_SERVING');
    },
  };
}

async function attempt<Added>(what: string, logger: Logger, add: () => Promise<Added>): Promise<Added | undefined> {
  try {
    return await add();
  } catch (error) {
    logger.warn({ err: error }, `${what} not available, because the package could not be loaded`);
    return undefined;
  }
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
