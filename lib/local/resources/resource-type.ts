import type { FileAsset } from '../assembly.ts';
import type { ResourceValues } from '../template/index.ts';
import type { Plan } from './plan.ts';
import type { Properties } from './properties.ts';

export interface ResourceInput {
  readonly stack: string;
  readonly logicalId: string;
  readonly properties: Properties;
  /** File assets of the stack. */
  readonly assets: readonly FileAsset[];
  readonly plan: Plan;
}

/** A created resource: what Ref and Fn::GetAtt answer, and what a test or a person looks for. */
export interface CreatedResource extends ResourceValues {
  readonly physicalName: string;
  readonly arn?: string;
  readonly url?: string;
}

/** How one CloudFormation type is made in the local cloud. */
export interface ResourceType {
  readonly type: string;
  create(input: ResourceInput): CreatedResource | Promise<CreatedResource>;
}
