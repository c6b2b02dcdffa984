import { expectNumber, OptionError } from '../../errors/index.js';
import { GRPC_STATUS } from '../wire/grpc-status.js';
import type { CertificateFault, ConnectingFault, Fault, FaultKind, FaultPlan } from './fault.js';

/** Numbers a fault can hold, beside its point: durations, counts. */
const RANGES = {
  forMs: { above: 0, max: 2 ** 31 - 1, unit: 'milliseconds' },
  delayMs: { above: 0, max: 2 ** 31 - 1, unit: 'milliseconds' },
  graceMs: { min: 0, max: 2 ** 31 - 1, unit: 'milliseconds' },
  times: { min: 1, max: 1_000_000, whole: true },
  code: { min: 0, max: 2 ** 32 - 1, whole: true },
  bytes: { min: 1, max: 60 * 1024 * 1024, whole: true },
} as const;

type NumberOption = keyof typeof RANGES;

/** For each kind, the numbers it takes; only `delayMs` must be given. */
const OPTIONS: Record<FaultKind, readonly NumberOption[]> = {
  'refuse-connection': ['times'],
  'hang-connection': ['times'],
  'max-streams': ['times'],
  'wrong-certificate': ['times'],
  'reset-connection': [],
  'reset-call': ['code'],
  'stall-connection': ['forMs'],
  'stall-reads': ['forMs'],
  'stall-writes': ['forMs'],
  delay: ['delayMs'],
  goaway: ['graceMs'],
  status: ['times'],
  'missing-utterance': [],
  'cut-result': [],
  'cut-message': [],
  'wrong-id': [],
  'wrong-pid': [],
  'unknown-task': [],
  'unknown-label': [],
  'repeated-result': [],
  'garbled-result': [],
  'oversize-result': ['bytes'],
};

const POINTS = ['sourceMs', 'bytes', 'call', 'connection', 'result'] as const;
const CONNECTING: readonly FaultKind[] = ['refuse-connection', 'hang-connection', 'max-streams', 'wrong-certificate'];
const CERTIFICATES = ['expired', 'wrong-name', 'unknown-ca'];

/** Whether a fault hits connections as they are made. */
export function isConnecting(fault: Fault): fault is ConnectingFault | CertificateFault {
  return CONNECTING.includes(fault.kind);
}

/**
 * Checks a plan, which may come from a file.
 *
 * @throws OptionError that names the fault and its field.
 */
export function checkFaultPlan(plan: FaultPlan, hasTls: boolean): void {
  if (!Array.isArray(plan?.faults)) throw new OptionError('plan.faults', 'must be an array of faults', plan?.faults);
  for (const [index, fault] of plan.faults.entries()) checkFault(`plan.faults[${index}]`, fault, hasTls);
}

function checkFault(name: string, fault: Fault, hasTls: boolean): void {
  const { kind } = (fault ?? {}) as Partial<Fault>;
  if (kind === undefined || !Object.hasOwn(OPTIONS, kind)) {
    throw new OptionError(`${name}.kind`, `must be one of ${Object.keys(OPTIONS).join(', ')}`, kind);
  }
  checkPoint(name, fault);
  const values: Readonly<Record<string, unknown>> = { ...fault };
  for (const option of OPTIONS[kind]) {
    if (values[option] === undefined && option !== 'delayMs') continue;
    expectNumber(`${name}.${option}`, values[option], RANGES[option]);
  }
  const known = ['kind', 'at', 'status', 'details', 'certificate', ...OPTIONS[kind]];
  const unknown = Object.keys(values).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new OptionError(`${name}.${unknown}`, `is not an option of ${kind}`);
  if (fault.kind === 'status' && !Object.hasOwn(GRPC_STATUS, fault.status)) {
    throw new OptionError(`${name}.status`, 'must be the name of a gRPC status, such as UNAVAILABLE', fault.status);
  }
  if (fault.kind === 'wrong-certificate') {
    if (!CERTIFICATES.includes(fault.certificate)) {
      throw new OptionError(`${name}.certificate`, `must be one of ${CERTIFICATES.join(', ')}`, fault.certificate);
    }
    if (!hasTls) throw new OptionError(`${name}.kind`, "wrong-certificate needs the service's tls");
  }
}

function checkPoint(name: string, { at, kind }: Fault): void {
  const keys = Object.keys(at ?? {});
  const [point] = keys;
  if (keys.length !== 1 || !POINTS.some((known) => known === point)) {
    throw new OptionError(`${name}.at`, `must have exactly one of ${POINTS.join(', ')}`, at);
  }
  const value = Object.values(at)[0];
  expectNumber(`${name}.at.${point}`, value, point === 'sourceMs' ? { min: 0, unit: 'milliseconds' } : { min: 0, whole: true });
  if (point === 'connection' && !CONNECTING.includes(kind)) {
    throw new OptionError(
      `${name}.at`,
      `a connection's start has no call that ${kind} could hit: use call, sourceMs, bytes or result`,
      at,
    );
  }
}
