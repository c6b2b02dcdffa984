import { startLocalService } from '../../service/index.js';
import { startScriptedService } from '../script/start-scripted-service.js';
import type { TestConnection } from '../test-connection.js';
import type { FaultyServiceOptions } from './faulty-service-options.js';

/** What answers behind the faults. */
export interface Responder {
  readonly connection: TestConnection;
  close(): Promise<void>;
}

/** Starts what the options say, a local service by default; a service that was given is not closed. */
export async function startResponder({ service, script, target }: FaultyServiceOptions): Promise<Responder> {
  if (target) return { connection: target, close: async () => {} };
  if (script) return startScriptedService(script);
  const local = await startLocalService(service);
  // Its calls are all the front's, and those are over.
  return { connection: local.connection, close: () => local.close({ graceMs: 100 }) };
}
