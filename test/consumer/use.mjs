// What only the built package can get wrong: one SpineError for all subpaths, brands across module systems.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { SpineError, createRandom, isSpineError } from 'spine-xray-ml';

const required = createRequire(import.meta.url)('spine-xray-ml');

assert.equal(createRandom(7).uniform(), required.createRandom(7).uniform(), 'both forms draw the same numbers');
assert.throws(() => createRandom(0.5), (error) => error instanceof SpineError && isSpineError(error, 'invalid-argument'));
assert.throws(() => required.createRandom(0.5), (error) => isSpineError(error, 'invalid-argument'));
