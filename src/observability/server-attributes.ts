import type { Attributes } from '@opentelemetry/api';

/** The attributes of a `host:port` by OpenTelemetry's semantic conventions. */
export function serverAttributes(endpoint: string): Attributes {
  const colon = endpoint.lastIndexOf(':');
  return { 'server.address': endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), 'server.port': Number(endpoint.slice(colon + 1)) };
}
