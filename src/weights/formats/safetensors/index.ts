export { readSafetensors } from './safetensors.js';
export {
  layOutSafetensors,
  writeSafetensors,
  writeSafetensorsDefaults,
  writeSafetensorsOptions,
  type WriteSafetensorsOptions,
} from './writeSafetensors.js';
