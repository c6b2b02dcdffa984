import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

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

const FLOAT = 1;
const INT64 = 7;

/** Writes a model to a file of its own: the protobuf of onnx.proto, field by field. */
export async function onnxFile(graph: OnnxGraph): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'onnx-'));
  const file = path.join(folder, 'tiny.onnx');
  await writeFile(file, onnxBytes(graph));
  return file;
}

function onnxBytes({ inputs, outputs, nodes, constants = {}, elementType = FLOAT }: OnnxGraph): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => field(1, nodeBytes(node))),
    field(2, 'test'),
    ...Object.entries(constants).map(([name, { dims, values }]) => field(5, tensorBytes(name, dims, values))),
    ...Object.entries(inputs).map(([name, shape]) => field(11, valueBytes(name, shape, elementType))),
    ...Object.entries(outputs).map(([name, shape]) => field(12, valueBytes(name, shape, FLOAT))),
  ]);
  return Buffer.concat([field(1, 8), field(7, graph), field(8, field(2, 13))]);
}

function nodeBytes({ op, inputs, outputs, attributes = {} }: OnnxNode): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      field(
        5,
        typeof value === 'number'
          ? Buffer.concat([field(1, name), field(3, value), field(20, 2)])
          : Buffer.concat([field(1, name), ...value.map((item) => field(8, item)), field(20, 7)]),
      ),
    ),
  ]);
}

function tensorBytes(name: string, dims: readonly number[], values: readonly number[] | readonly bigint[]): Buffer {
  const integers = typeof values[0] === 'bigint';
  const raw = integers ? BigInt64Array.from(values as bigint[]) : Float32Array.from(values as number[]);
  return Buffer.concat([
    ...dims.map((size) => field(1, size)),
    field(2, integers ? INT64 : FLOAT),
    field(8, name),
    field(9, Buffer.from(raw.buffer)),
  ]);
}

function valueBytes(name: string, shape: readonly (number | string)[], elementType: number): Buffer {
  const sizes = shape.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  return Buffer.concat([
    field(1, name),
    field(2, field(1, Buffer.concat([field(1, elementType), field(2, Buffer.concat(sizes))]))),
  ]);
}

function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
