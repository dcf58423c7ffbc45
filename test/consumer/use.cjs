// First, while nothing else is loaded: metrics work where tfjs is not wanted.
require('spine-xray-ml/metrics');
const loaded = Object.keys(require.cache).filter((file) => file.includes('@tensorflow'));
if (loaded.length > 0) throw new Error(`spine-xray-ml/metrics loads ${loaded[0]}`);

require('@tensorflow/tfjs-backend-cpu');
const journey = require('./journey.cjs');

journey({
  spine: require('spine-xray-ml'),
  metrics: require('spine-xray-ml/metrics'),
  node: require('spine-xray-ml/node'),
  phantom: require('spine-xray-ml/phantom'),
  report: require('spine-xray-ml/report'),
  tfl: require('@tensorflow/tfjs-layers'),
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
