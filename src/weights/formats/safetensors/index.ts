export { bytesPerElement, decode, fromBrainHalf, fromHalf, type ElementType } from './elementTypes.js';
export { readSafetensors } from './safetensors.js';
export { layOutSafetensors, writeSafetensors, type WriteSafetensorsOptions } from './writeSafetensors.js';
