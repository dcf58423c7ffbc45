import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import { isModel } from './isModel.js';

/** One call of one layer. Values are numbered: a step reads `inputs` and writes `output`. */
export interface Step {
  readonly layer: tfl.layers.Layer;
  readonly inputs: readonly number[];
  readonly output: number;
  /** Of this call: a layer may also be called elsewhere, on other shapes. Null where a side is not known beforehand. */
  readonly inputShapes: readonly StepShape[];
  readonly outputShape: StepShape;
}

export type StepShape = readonly (number | null)[];

/** A model as the list of its layers' calls, each after the calls it depends on. */
export interface Graph {
  readonly steps: readonly Step[];
  /** The value that holds the images. */
  readonly input: number;
  /** The value that holds the result. */
  readonly output: number;
}

/**
 * Reads the graph of a model with one input and one output. Models nested in it are unfolded, so that every layer is
 * met where it is.
 *
 * @throws SpineError `model-invalid` for several inputs or outputs, or a layer with several outputs.
 */
export function readGraph(model: tfl.LayersModel): Graph {
  const steps: Step[] = [];
  let values = 0;
  const input = values++;

  const output = unfold(model, input);
  return { steps, input, output };

  function unfold(network: tfl.LayersModel, networkInput: number): number {
    const [start, ...otherInputs] = network.inputs;
    const [end, ...otherOutputs] = network.outputs;
    if (!start || !end || otherInputs.length + otherOutputs.length > 0) {
      throw new SpineError(
        'model-invalid',
        `A model with one input and one output is needed; "${network.name}" has ${network.inputs.length} and ${network.outputs.length}.`,
      );
    }
    const known = new Map<number, number>([[start.id, networkInput]]);
    const visit = (tensor: tfl.SymbolicTensor): number => {
      const done = known.get(tensor.id);
      if (done !== undefined) return done;
      const layer = tensor.sourceLayer;
      const node = layer.inboundNodes[tensor.nodeIndex];
      if (!node || node.outputTensors.length !== 1) {
        throw new SpineError(
          'model-invalid',
          `The layer "${layer.name}" (${layer.getClassName()}) has several outputs, which is not supported.`,
        );
      }
      const inputs = node.inputTensors.map(visit);
      const value = isModel(layer) ? unfold(layer, inputs[0]!) : addStep(layer, inputs, node);
      known.set(tensor.id, value);
      return value;
    };
    return visit(end);
  }

  function addStep(
    layer: tfl.layers.Layer,
    inputs: readonly number[],
    node: tfl.layers.Layer['inboundNodes'][number],
  ): number {
    const output = values++;
    steps.push({
      layer,
      inputs,
      output,
      inputShapes: node.inputTensors.map(({ shape }) => shape),
      outputShape: node.outputTensors[0]!.shape,
    });
    return output;
  }
}
