export { explanationRule } from './explanationRule.js';
export { redTransparentBlue, type Color } from './shapColors.js';
export { overlay, overlayDefaults, sharedScale, type OverlayOptions } from './overlay.js';
export { pngDataUri, thumbnail, type Picture } from './pictures.js';
