// In: one resource of a template, its properties resolved, and the clients of the engines.
// Out: the resource in its engine, or planned for the function host, with the values of Ref and Fn::GetAtt.
// Promises: names and ARNs have the form that AWS gives them; an unknown type or property is an error.
export type {
  EngineClients,
  EventSource,
  Plan,
  PlannedFunction,
  PolicyDocument,
} from './plan.ts';
export { Properties } from './properties.ts';
export { resourceType } from './registry.ts';
export type { CreatedResource } from './resource-type.ts';
