export { readTfjsLayers, type TfjsArtifacts } from './tfjsLayers.js';
