export { planStage, planRules, type Goal, type Plan, type PlanOptions } from './plan.js';
export { inferOutputs, isActivation, withoutActivation, type Outcome } from './outcome.js';
export { copyVariables, numbered, prefixed, takeTensor, writeVariables, type NamedTensors } from './variables.js';
