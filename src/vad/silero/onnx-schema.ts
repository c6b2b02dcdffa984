import protobuf from 'protobufjs/light.js';

/** A tensor of a model; `rawData` is little-endian. */
export interface OnnxTensor {
  dims: number[];
  /** 1: 32-bit floats, 7: 64-bit integers. */
  dataType: number;
  name?: string;
  rawData?: Uint8Array;
  floatData?: number[];
}

/** An attribute of a node: one of the values by its type. */
export interface OnnxAttribute {
  name: string;
  type: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  g?: OnnxGraph;
  ints?: number[];
}

/** One operation; `''` among its inputs or outputs is one that is left out. */
export interface OnnxNode {
  opType: string;
  input: string[];
  output: string[];
  attribute?: OnnxAttribute[];
}

/** A value that goes in or out, with its shape. */
export interface OnnxValue {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: { dimValue?: number; dimParam?: string }[] } } };
}

/** Operations in the order in which they run. */
export interface OnnxGraph {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValue[];
  output: OnnxValue[];
}

/** A whole file. */
export interface OnnxModel {
  irVersion: number;
  opsetImport: { domain?: string; version: number }[];
  graph: OnnxGraph;
}

/** Types of attributes in onnx.proto. */
export const AttributeType = { INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, INTS: 7 } as const;
/** Types of elements in onnx.proto. */
export const ElementType = { FLOAT: 1, INT32: 6, INT64: 7 } as const;

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ type, id, rule: 'repeated' as const });

/** The part of onnx.proto (Open Neural Network Exchange, IR version 8) that networks of floats need; numbers of fields are the format's. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Model: { fields: { irVersion: one('int64', 1), graph: one('Graph', 7), opsetImport: many('Opset', 8) } },
    Opset: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('Value', 11),
        output: many('Value', 12),
      },
    },
    Node: {
      fields: { input: many('string', 1), output: many('string', 2), opType: one('string', 4), attribute: many('Attribute', 5) },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        i: one('int64', 3),
        s: one('bytes', 4),
        t: one('Tensor', 5),
        g: one('Graph', 6),
        ints: many('int64', 8),
        type: one('int32', 20),
      },
    },
    Tensor: {
      fields: {
        dims: many('int64', 1),
        dataType: one('int32', 2),
        floatData: many('float', 4),
        name: one('string', 8),
        rawData: one('bytes', 9),
      },
    },
    Value: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Type: { fields: { tensorType: one('TensorType', 1) } },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
  },
});
const Model = schema.lookupType('Model');

/** Reads a model's file. Throws protobufjs's error when it is none. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  return Model.toObject(Model.decode(bytes), { longs: Number, arrays: true }) as OnnxModel;
}

/** Writes a model's file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return Model.encode(Model.fromObject(model)).finish();
}
