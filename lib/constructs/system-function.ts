import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { type Alias, Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { codeFromSource } from './bundle.ts';
import { STACK_DEFAULTS } from './defaults.ts';
import { FUNCTION_SETTINGS, type LogSettings, logsAndRole } from './function-settings.ts';

export interface SystemFunctionProps {
  /** The entry's name in `lambdas/`, and the bundle's in the published package. */
  readonly name: 'lifecycle' | 'recorder' | 'sweeper';
  readonly description: string;
  readonly environment: Record<string, string>;
  readonly logs: LogSettings;
}

/** A function of Millrace's own, behind the alias `live`: bundled ahead in the published package, from source here. */
export abstract class SystemFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly alias: Alias;
  readonly logGroup: LogGroup;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, { name, description, environment, logs }: SystemFunctionProps) {
    super(scope, id);
    const { logGroup, role } = logsAndRole(this, logs);
    this.function = new LambdaFunction(this, 'Function', {
      ...FUNCTION_SETTINGS,
      description,
      memorySize: STACK_DEFAULTS.systemMemory,
      timeout: Duration.seconds(STACK_DEFAULTS.systemTimeout),
      role,
      logGroup,
      environment,
      code: codeOf(name),
      handler: 'index.handler',
    });
    this.alias = this.function.addAlias('live');
    this.logGroup = logGroup;
    this.grantPrincipal = role;
  }
}

/** The published package has its functions at `dist/functions/<name>/index.mjs`, the compiled library in `dist/lib`. */
function codeOf(name: string): Code {
  const folder = beside(`../../functions/${name}`);
  if (existsSync(`${folder}/index.mjs`)) return Code.fromAsset(folder);
  return codeFromSource(beside(`../../lambdas/${name}.ts`), beside('../..'));
}

function beside(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
