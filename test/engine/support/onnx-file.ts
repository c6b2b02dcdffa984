import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AttributeType,
  ElementType,
  encodeModel,
  type OnnxAttribute,
  type OnnxTensor,
  type OnnxValue,
} from '../../../src/vad/silero/onnx-schema.js';

/** A node of an ONNX graph. */
export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Integer attributes. */
  attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A small ONNX model; sizes that are text are left open under that name. */
export interface OnnxGraph {
  inputs: Readonly<Record<string, readonly (number | string)[]>>;
  outputs: Readonly<Record<string, readonly (number | string)[]>>;
  nodes: readonly OnnxNode[];
  /** Floats by name; `int64` where the values are bigints. */
  constants?: Readonly<Record<string, { dims: readonly number[]; values: readonly number[] | readonly bigint[] }>>;
  /** Of the input. Default: 1, 32-bit floats. */
  elementType?: number;
}

/** Writes a model to a file of its own. */
export async function onnxFile(graph: OnnxGraph): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'onnx-'));
  const file = path.join(folder, 'tiny.onnx');
  await writeFile(file, onnxBytes(graph));
  return file;
}

function onnxBytes({ inputs, outputs, nodes, constants = {}, elementType = ElementType.FLOAT }: OnnxGraph): Uint8Array {
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'test',
      node: nodes.map(({ op, inputs: input, outputs: output, attributes = {} }) => ({
        opType: op,
        input: [...input],
        output: [...output],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      })),
      initializer: Object.entries(constants).map(([name, { dims, values }]) => tensor(name, dims, values)),
      input: Object.entries(inputs).map(([name, shape]) => shaped(name, shape, elementType)),
      output: Object.entries(outputs).map(([name, shape]) => shaped(name, shape, ElementType.FLOAT)),
    },
  });
}

function attribute(name: string, value: number | readonly number[]): OnnxAttribute {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function tensor(name: string, dims: readonly number[], values: readonly number[] | readonly bigint[]): OnnxTensor {
  const isInteger = typeof values[0] === 'bigint';
  const raw = isInteger ? BigInt64Array.from(values as bigint[]) : Float32Array.from(values as number[]);
  const dataType = isInteger ? ElementType.INT64 : ElementType.FLOAT;
  return { name, dims: [...dims], dataType, rawData: new Uint8Array(raw.buffer) };
}

function shaped(name: string, shape: readonly (number | string)[], elemType: number): OnnxValue {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
