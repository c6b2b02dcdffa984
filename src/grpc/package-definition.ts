import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';
import { descriptor } from './proto/descriptor.js';
import type { BehavioralStreamingApiDefinition } from './proto/types/behavioral_api/grpc/v1/BehavioralStreamingApi.js';

/** The proto's full service name. */
export const SERVICE_NAME = 'behavioral_api.grpc.v1.BehavioralStreamingApi';

/** The streaming API's messages and service, from the descriptor that is embedded in the code. */
const packageDefinition: PackageDefinition = fromJSON(descriptor as unknown as Parameters<typeof fromJSON>[0], {
  keepCase: false,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

/** The streaming service's two methods, for clients and servers. */
export const streamingService = packageDefinition[SERVICE_NAME] as unknown as BehavioralStreamingApiDefinition;
