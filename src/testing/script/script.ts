import { expectNumber, OptionError } from '../../errors/index.js';
import { GRPC_STATUS, type GrpcStatus } from '../wire/grpc-status.js';
import type { ScriptedCall } from './scripted-call.js';
import type { ScriptedResult } from './scripted-result.js';

/** When a step is taken. */
export type ScriptPoint =
  | {
      /** Once this much audio has come, in milliseconds. */
      readonly afterMs: number;
    }
  | {
      /** Once the audio has ended. */
      readonly atEnd: true;
    };

/** What a step does. */
export type ScriptAction =
  | {
      /** Results to send. */
      readonly send: ScriptedResult;
      /** Belongs to another action. */
      readonly end?: never;
    }
  | {
      /** The status that the call ends with. */
      readonly end: GrpcStatus;
      /** The status's text. Default: none. */
      readonly details?: string;
      /** Belongs to another action. */
      readonly send?: never;
    };

/** One thing that a scripted service does. */
export type ScriptStep = ScriptPoint & ScriptAction;

/**
 * What a scripted service does in each call, in order; plain data.
 *
 * Steps whose audio never comes are left out. After the last step and the audio's end the call ends with OK.
 */
export type Script = readonly ScriptStep[];

/** What a scripted service does in one call. When it returns, the call ends with OK, if it hasn't ended by then. */
export type ScriptHandler = (call: ScriptedCall) => void | Promise<void>;

/**
 * Makes a handler of a script.
 *
 * @throws OptionError that names the step and the field.
 */
export function followScript(script: Script): ScriptHandler {
  for (const [index, step] of script.entries()) checkStep(`script[${index}]`, step);
  return async (call) => {
    for (const step of script) {
      if ('atEnd' in step) await call.audioEnd();
      else if (!(await call.audio(step.afterMs))) continue;
      if (step.send) {
        call.send(step.send);
      } else {
        call.fail(step.end, step.details);
        return;
      }
    }
    await call.audioEnd();
  };
}

function checkStep(name: string, step: ScriptStep): void {
  if ('afterMs' in step) expectNumber(`${name}.afterMs`, step.afterMs, { min: 0, unit: 'milliseconds' });
  else if (step?.atEnd !== true) throw new OptionError(name, 'must have afterMs, or atEnd: true', step);
  if ((step.send === undefined) === (step.end === undefined)) throw new OptionError(name, 'must have either send or end', step);
  if (step.send && !Array.isArray(step.send.results))
    throw new OptionError(`${name}.send.results`, 'must be an array', step.send);
  if (step.end !== undefined && !Object.hasOwn(GRPC_STATUS, step.end)) {
    throw new OptionError(`${name}.end`, 'must be the name of a gRPC status, such as UNAVAILABLE', step.end);
  }
}
