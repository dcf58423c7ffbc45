/** Compares the gradients of layers on a backend with those on cpu. The library is its source: training is entered by a side door. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { ensureTrainingKernels, useBackend } from 'spine-xray-ml';
import { farthest, trainingGradients, type LayerCase } from '../../training/gradients/gradientCases.js';

declare global {
  interface Window {
    compareGradients?: (
      backend: string,
      layer: LayerCase,
    ) => Promise<{ readonly error: number; readonly name: string }>;
  }
}

window.compareGradients = async (backend, layer) => {
  const gradientsOn = async (name: string) => {
    await useBackend(name);
    ensureTrainingKernels();
    return trainingGradients(layer);
  };
  return farthest(await gradientsOn(backend), await gradientsOn('cpu'));
};
