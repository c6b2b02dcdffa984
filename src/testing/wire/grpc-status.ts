/** The gRPC status codes, by name (grpc.io, "Status codes and their use in gRPC"). */
export const GRPC_STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Name of a gRPC status code. */
export type GrpcStatus = keyof typeof GRPC_STATUS;

/** The name of a status code; undefined for a number that is none. */
export function statusName(code: number): GrpcStatus | undefined {
  return (Object.keys(GRPC_STATUS) as GrpcStatus[]).find((name) => GRPC_STATUS[name] === code);
}
