export { planStage, planRules, type Plan, type PlanOptions } from './plan.js';
export { inferOutputs, isActivation, type Outcome } from './outcome.js';
export { copyVariables, numbered, prefixed, takeTensor, writeVariables, type NamedTensors } from './variables.js';
