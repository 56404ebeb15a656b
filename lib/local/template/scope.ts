import type { Json, JsonObject } from './json.ts';

/** What a created resource answers to Ref and Fn::GetAtt. */
export interface ResourceValues {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, Json>>;
}

/** Everything that an expression of one stack can refer to. */
export interface Scope {
  readonly stack: string;
  /** Pseudo parameters by full name (`AWS::Region`), and parameters by their own. */
  readonly values: ReadonlyMap<string, Json>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  /** Resources created so far, by logical id. */
  readonly resources: ReadonlyMap<string, ResourceValues>;
  /** Why an existing logical id has no values: its condition is false, say. */
  readonly absent: ReadonlyMap<string, string>;
  /** Exports of the stacks that were created before. */
  readonly exports: ReadonlyMap<string, Json>;
  /** Outputs of the stacks that were created before, by stack name. */
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Json>>;
}
