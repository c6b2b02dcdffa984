import { optionalPackage } from './optional-package.js';

/** The optional package that runs ONNX files. */
export const ONNX_RUNTIME = 'onnxruntime-node';

/**
 * Loads the ONNX runtime, with its telemetry switched off: 1.30 sends some to its maker where it is not told otherwise, and leaves files in
 * the folder for temporary ones. Who has set `ORT_DISABLE_TELEMETRY` has decided already.
 *
 * @throws The resolver's error when it is not installed.
 */
export function loadOnnxRuntime(): Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor'> {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  return optionalPackage.load(ONNX_RUNTIME) as typeof import('onnxruntime-node');
}
