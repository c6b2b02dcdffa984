// @ts-check
// The streaming API as a program without the library sees it: the .proto file and grpc-js.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'proto', 'behavioral_api.proto');

const definition = protoLoader.loadSync(file, { longs: String, enums: String, defaults: true, oneofs: true });

/** The service's client class and definition. @type {any} */
export const StreamingApi = /** @type {any} */ (grpc.loadPackageDefinition(definition)).behavioral_api.grpc.v1
  .BehavioralStreamingApi;

/** The project that benchmarks stream as; each stream of a sender gets the next number, so that the proxy can tell them apart. */
export const FIRST_CID = 10_000_000;

/** The token that benchmarks stream with. */
export const API_KEY = 'token-of-the-benchmarks-0123456789';
