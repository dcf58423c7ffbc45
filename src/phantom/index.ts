export { vertebraNames, type VertebraName } from './anatomy.js';
export { phantomDataset, phantomViewClasses, type PhantomDatasetOptions } from './dataset.js';
export { cobbAngleOf, cobbBetween, slipOf, type CobbMeasurement } from './measure.js';
export {
  drawPhantom,
  phantomClasses,
  phantomSeverities,
  phantomThresholds,
  type CurvePattern,
  type GasPocket,
  type PhantomClass,
  type PhantomParameters,
  type Positioning,
} from './parameters.js';
export {
  renderPhantom,
  renderPhantomDefaults,
  type PhantomProjection,
  type PhantomView,
  type RenderPhantomOptions,
} from './render.js';
export type { Corners, Point } from './spine.js';
export {
  describePhantom,
  phantomParameters,
  phantomTruth,
  regionMask,
  type EndPlate,
  type PhantomTruth,
  type VertebraLandmarks,
} from './truth.js';
export type { Dataset, LoadOptions, Sample } from '../dataset/index.js';
export {
  isSpineError,
  SpineError,
  type AnySpineError,
  type SpineErrorCode,
  type SpineErrorDetails,
} from '../errors.js';
export type { Box, Image, PixelArray } from '../image/index.js';
export type { Random } from '../random.js';
