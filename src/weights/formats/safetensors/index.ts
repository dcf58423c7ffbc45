export { bytesPerElement, decode, fromBrainHalf, fromHalf, type ElementType } from './elementTypes.js';
export {
  layOutSafetensors,
  writeSafetensors,
  writeSafetensorsDefaults,
  writeSafetensorsOptions,
  type WriteSafetensorsOptions,
} from './writeSafetensors.js';
export { readSafetensors } from './safetensors.js';
