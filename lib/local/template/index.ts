// In: the parsed JSON of a synthesised CloudFormation template, and the values of what was created before.
// Out: the template with its types, the order of creation, and properties without intrinsic functions.
// Promises: what it does not know is an error that names stack, logical id and property; never a silence.
export { evaluateCondition } from './conditions.ts';
export { replaceDynamicReferences } from './dynamic-references.ts';
export { brief, isList, isObject, isScalar, type Json, type JsonObject } from './json.ts';
export { type Location, within } from './location.ts';
export { creationOrder, references } from './order.ts';
export { parametersWithoutValue, parameterValues, type Surroundings } from './parameters.ts';
export { resolve, resolveText, resolveValue } from './resolve.ts';
export type { ResourceValues, Scope } from './scope.ts';
export { parseTemplate, type Template } from './template.ts';
