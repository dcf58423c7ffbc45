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
