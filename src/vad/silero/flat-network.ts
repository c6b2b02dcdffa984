import {
  AttributeType,
  decodeModel,
  ElementType,
  encodeModel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-schema.js';
import { INPUT_LENGTH, LAYER_LENGTH } from './silero-runner.js';

const BASIS = 'stft.forward_basis_buffer';
/** Of the network at 16 kHz, under the names that PyTorch gave them. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  [BASIS]: [258, 1, 256],
  'encoder.0.reparam_conv.weight': [128, 129, 3],
  'encoder.0.reparam_conv.bias': [128],
  'encoder.1.reparam_conv.weight': [64, 128, 3],
  'encoder.1.reparam_conv.bias': [64],
  'encoder.2.reparam_conv.weight': [64, 64, 3],
  'encoder.2.reparam_conv.bias': [64],
  'encoder.3.reparam_conv.weight': [128, 64, 3],
  'encoder.3.reparam_conv.bias': [128],
  'decoder.rnn.weight_ih': [4 * LAYER_LENGTH, LAYER_LENGTH],
  'decoder.rnn.weight_hh': [4 * LAYER_LENGTH, LAYER_LENGTH],
  'decoder.rnn.bias_ih': [4 * LAYER_LENGTH],
  'decoder.rnn.bias_hh': [4 * LAYER_LENGTH],
  'decoder.decoder.2.weight': [1, LAYER_LENGTH, 1],
  'decoder.decoder.2.bias': [1],
};
/** Of a frame, its context and 64 samples that are mirrored at the end. */
const WINDOWS = 4;
const WINDOW = 256;
const HOP = 128;
const BINS = 129;

/** A convolution of width 3: channels and positions that go in and come out. */
interface Convolution {
  readonly inputs: number;
  readonly outputs: number;
  readonly before: number;
  readonly after: number;
  readonly stride: number;
  readonly pad: number;
}

/** The first one is applied to each window with its neighbours; the others to all windows of a frame. */
const ENCODER: readonly Convolution[] = [
  { inputs: BINS, outputs: 128, before: 3, after: 1, stride: 1, pad: 0 },
  { inputs: 128, outputs: 64, before: 4, after: 2, stride: 2, pad: 1 },
  { inputs: 64, outputs: 64, before: 2, after: 1, stride: 2, pad: 1 },
  { inputs: 64, outputs: 128, before: 1, after: 1, stride: 1, pad: 1 },
];
const OPSET = 16;

/**
 * Builds Silero's network for 16 kHz anew from the weights in its file: the same sums, without the branches for other rates and shapes.
 *
 * The published file chooses its branch at every run, which keeps the ONNX runtime from preparing anything beforehand: it puts half a
 * megabyte of the recurrent layer's weights in order for every frame. This one also takes several frames of a signal at once, and looks
 * once at a signal that several detectors hear.
 *
 * @param file An ONNX file of version 5 or 6.
 * @returns An ONNX file. Inputs: `input` [frames x signals, 576]; `sizes`: frames, signals and 128; `hears`, for each detector
 *   its signal; `state` [2, detectors, 128]. Outputs: `output` [frames, 1, detectors, 1], `stateN` as `state`. Undefined when `file` holds no
 *   such network.
 */
export function flatNetwork(file: Uint8Array): Uint8Array | undefined {
  const tensors = new Map<string, OnnxTensor>();
  try {
    collect(decodeModel(file).graph, tensors);
  } catch {
    return undefined;
  }
  const weights = weightsOf(tensors);
  if (!weights) return undefined;
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ version: OPSET }],
    graph: {
      name: 'silero',
      node: nodes(),
      initializer: constants(weights),
      input: [
        value('input', ElementType.FLOAT, 'rows', INPUT_LENGTH),
        value('sizes', ElementType.INT64, 3),
        value('hears', ElementType.INT32, 'detectors'),
        value('state', ElementType.FLOAT, 2, 'detectors', LAYER_LENGTH),
      ],
      output: [
        value('output', ElementType.FLOAT, 'frames', 1, 'detectors', 1),
        value('stateN', ElementType.FLOAT, 2, 'detectors', LAYER_LENGTH),
      ],
    },
  });
}

/** All constants of a graph and of the branches in it, by name. */
function collect({ node, initializer }: OnnxGraph, tensors: Map<string, OnnxTensor>): void {
  for (const tensor of initializer) tensors.set(tensor.name ?? '', tensor);
  for (const { opType, output, attribute } of node) {
    for (const { t, g } of attribute ?? []) {
      if (t && opType === 'Constant') tensors.set(output[0]!, t);
      if (g) collect(g, tensors);
    }
  }
}

/** The weights by their own names; what stands before these in the file, `If_0_then_branch__` for instance, tells one rate's from another's. */
function weightsOf(tensors: ReadonlyMap<string, OnnxTensor>): Map<string, Float32Array> | undefined {
  const basis = [...tensors].find(([name, { dims }]) => name.endsWith(BASIS) && isShape(dims, WEIGHTS[BASIS]!));
  if (!basis) return undefined;
  const prefix = basis[0].slice(0, -BASIS.length);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of Object.entries(WEIGHTS)) {
    const tensor = tensors.get(prefix + name);
    if (!tensor || tensor.dataType !== ElementType.FLOAT || !isShape(tensor.dims, shape)) return undefined;
    const values = floats(tensor);
    // A file may keep them in another one.
    if (values?.length !== shape.reduce((size, length) => size * length, 1)) return undefined;
    weights.set(name, values);
  }
  return weights;
}

function isShape(dims: readonly number[], shape: readonly number[]): boolean {
  return dims.length === shape.length && shape.every((size, i) => dims[i] === size);
}

function floats({ rawData, floatData }: OnnxTensor): Float32Array | undefined {
  if (!rawData?.length) return Float32Array.from(floatData ?? []);
  if (rawData.length % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  return new Float32Array(Uint8Array.from(rawData).buffer);
}

function nodes(): OnnxNode[] {
  return [
    // Four windows of each frame, then their magnitudes.
    node('Gather', ['input', 'windows'], ['windowed'], [integer('axis', 1)]),
    node('MatMul', ['windowed', 'basis'], ['spectrum']),
    node('Split', ['spectrum', 'halves'], ['real', 'imaginary'], [integer('axis', 2)]),
    node('Mul', ['real', 'real'], ['real2']),
    node('Mul', ['imaginary', 'imaginary'], ['imaginary2']),
    node('Add', ['real2', 'imaginary2'], ['power']),
    node('Sqrt', ['power'], ['magnitude']),
    // The first convolution: each window with the one before and the one after it.
    node('Pad', ['magnitude', 'edges'], ['padded']),
    node('Gather', ['padded', 'neighbours'], ['threes'], [integer('axis', 1)]),
    node('Reshape', ['threes', 'threesShape'], ['context']),
    node('MatMul', ['context', 'weight0'], ['product0']),
    node('Add', ['product0', 'bias0'], ['sum0']),
    node('Relu', ['sum0'], ['encoded0']),
    // The others are small enough to be matrices over all windows.
    node('Reshape', ['encoded0', 'flatShape'], ['flat0']),
    ...[1, 2, 3].flatMap((layer) => [
      node('Gemm', [layer === 1 ? 'flat0' : `encoded${layer - 1}`, `weight${layer}`, `bias${layer}`], [`sum${layer}`]),
      node('Relu', [`sum${layer}`], [`encoded${layer}`]),
    ]),
    node('Reshape', ['encoded3', 'sizes'], ['signals']),
    node('Gather', ['signals', 'hears'], ['heard'], [integer('axis', 1)]),
    node('Split', ['state', 'layers'], ['hidden', 'cell'], [integer('axis', 0)]),
    node(
      'LSTM',
      ['heard', 'inputWeights', 'hiddenWeights', 'lstmBias', '', 'hidden', 'cell'],
      ['hiddens', 'hiddenN', 'cellN'],
      [integer('hidden_size', LAYER_LENGTH)],
    ),
    node('Concat', ['hiddenN', 'cellN'], ['stateN'], [integer('axis', 0)]),
    node('Relu', ['hiddens'], ['active']),
    node('MatMul', ['active', 'outputWeights'], ['weighted']),
    node('Add', ['weighted', 'outputBias'], ['logit']),
    node('Sigmoid', ['logit'], ['output']),
  ];
}

function constants(weights: ReadonlyMap<string, Float32Array>): OnnxTensor[] {
  const of = (name: string) => weights.get(name)!;
  const encoder = ENCODER.map((layer, i) => {
    const name = `encoder.${i}.reparam_conv`;
    const { dims, matrix, bias } = convolutionMatrix(layer, of(`${name}.weight`), of(`${name}.bias`));
    return [tensor(`weight${i}`, dims, matrix), tensor(`bias${i}`, [bias.length], bias)];
  });
  const lstmBias = new Float32Array(8 * LAYER_LENGTH);
  lstmBias.set(gatesInOrder(of('decoder.rnn.bias_ih')));
  lstmBias.set(gatesInOrder(of('decoder.rnn.bias_hh')), 4 * LAYER_LENGTH);
  const square = [1, 4 * LAYER_LENGTH, LAYER_LENGTH];
  return [
    indices('windows', windowIndices(), [WINDOWS, WINDOW]),
    tensor('basis', [WINDOW, 2 * BINS], transposed(of(BASIS), 2 * BINS, WINDOW)),
    indices('halves', [BINS, BINS]),
    indices('edges', [0, 1, 0, 0, 1, 0]),
    indices('neighbours', [0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5], [WINDOWS, 3]),
    indices('threesShape', [0, WINDOWS, 3 * BINS]),
    indices('flatShape', [0, WINDOWS * LAYER_LENGTH]),
    ...encoder.flat(),
    indices('layers', [1, 1]),
    tensor('inputWeights', square, gatesInOrder(of('decoder.rnn.weight_ih'))),
    tensor('hiddenWeights', square, gatesInOrder(of('decoder.rnn.weight_hh'))),
    tensor('lstmBias', [1, 8 * LAYER_LENGTH], lstmBias),
    tensor('outputWeights', [LAYER_LENGTH, 1], of('decoder.decoder.2.weight')),
    tensor('outputBias', [1], of('decoder.decoder.2.bias')),
  ];
}

/** Which samples of a frame and its context make its windows: overlapping by half, with the end mirrored. */
function windowIndices(): number[] {
  const mirrored = (at: number) => (at < INPUT_LENGTH ? at : 2 * (INPUT_LENGTH - 1) - at);
  return Array.from({ length: WINDOWS * WINDOW }, (_, i) => mirrored(Math.floor(i / WINDOW) * HOP + (i % WINDOW)));
}

/** A convolution over a known number of positions, written as a matrix: inputs by position and channel, outputs likewise. */
function convolutionMatrix(
  { inputs, outputs, before, after, stride, pad }: Convolution,
  weight: Float32Array,
  bias: Float32Array,
) {
  const columns = after * outputs;
  const matrix = new Float32Array(before * inputs * columns);
  const biases = new Float32Array(columns);
  for (let position = 0; position < after; position += 1) {
    biases.set(bias, position * outputs);
    for (let tap = 0; tap < 3; tap += 1) {
      const from = position * stride + tap - pad;
      if (from < 0 || from >= before) continue;
      for (let input = 0; input < inputs; input += 1) {
        const row = (from * inputs + input) * columns + position * outputs;
        for (let output = 0; output < outputs; output += 1) matrix[row + output] = weight[(output * inputs + input) * 3 + tap]!;
      }
    }
  }
  return { dims: [before * inputs, columns], matrix, bias: biases };
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** PyTorch has the gates in the order input, forget, cell, output; ONNX as input, output, forget, cell. */
function gatesInOrder(weights: Float32Array): Float32Array {
  const size = weights.length / 4;
  const ordered = new Float32Array(weights.length);
  for (const [to, from] of [0, 3, 1, 2].entries()) ordered.set(weights.subarray(from * size, (from + 1) * size), to * size);
  return ordered;
}

function node(opType: string, input: string[], output: string[], attribute: OnnxAttribute[] = []): OnnxNode {
  return { opType, input, output, attribute };
}

function integer(name: string, i: number): OnnxAttribute {
  return { name, type: AttributeType.INT, i };
}

function tensor(name: string, dims: readonly number[], values: Float32Array): OnnxTensor {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims: [...dims], dataType: ElementType.FLOAT, rawData };
}

function indices(name: string, values: readonly number[], dims: readonly number[] = [values.length]): OnnxTensor {
  const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dims: [...dims], dataType: ElementType.INT64, rawData };
}

function value(name: string, elemType: number, ...shape: (number | string)[]): OnnxValue {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
