const assert = require('node:assert/strict');
const { SpineError, createRandom, isSpineError } = require('spine-xray-ml');

assert.throws(() => createRandom(0.5), (error) => error instanceof SpineError && isSpineError(error, 'invalid-argument'));
