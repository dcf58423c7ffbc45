import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import * as spine from 'spine-xray-ml';
import * as metrics from 'spine-xray-ml/metrics';
import * as node from 'spine-xray-ml/node';
import * as phantom from 'spine-xray-ml/phantom';
import * as report from 'spine-xray-ml/report';
import journey from './journey.cjs';

await journey({ spine, metrics, phantom, report, node, tfl });

// Both forms in one process: two copies of the code, one meaning.
const required = createRequire(import.meta.url)('spine-xray-ml');
assert.equal(spine.createRandom(7).uniform(), required.createRandom(7).uniform());
assert.throws(
  () => required.createRandom(0.5),
  (error) => spine.isSpineError(error, 'invalid-argument'),
);
