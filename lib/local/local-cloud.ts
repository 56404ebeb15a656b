import type { Assembly, Synthesisable } from './assembly.ts';
import { readAssembly } from './assembly.ts';
import { codeChanges } from './code-changes.ts';
import type { Deployment, LocalResource } from './deploy.ts';
import { NotInCloudError, NotRecordingError } from './errors.ts';
import type { FunctionHost, InvokeResult } from './functions/index.ts';
import { type RecordedCall, type Recorder, scheduleCalls } from './recorder/index.ts';
import type { Plan, PlannedFunction, PolicyDocument } from './resources/index.ts';
import type { LocalScheduler } from './scheduler/index.ts';

/** Finds resources by what a person knows of them. */
export interface LocalResources {
  readonly all: readonly LocalResource[];
  /**
   * By stack and logical id, or by construct path alone (`Stack/Jobs/Queue`, with or without `/Resource`).
   *
   * @throws NotInCloudError
   */
  get(stack: string, logicalId: string): LocalResource;
  get(path: string): LocalResource;
}

/** The policies of one role. */
export interface FunctionPolicies {
  /** Resolved documents: inline ones, those attached to the role, and the template's own managed policies. */
  readonly documents: readonly PolicyDocument[];
  /** ARNs of managed policies that are not the template's, such as `AWSLambdaBasicExecutionRole`. */
  readonly managedPolicyArns: readonly string[];
}

export interface LocalFunctions {
  readonly all: readonly PlannedFunction[];
  /**
   * Invokes a function by logical id, physical name or construct path and waits for its answer.
   *
   * @throws NotInCloudError; what the function itself does wrong is in the result
   */
  invoke(name: string, event: unknown): Promise<InvokeResult>;
}

export interface LocalCloudParts {
  readonly assembly: Assembly;
  readonly deployment: Deployment;
  readonly plan: Plan;
  readonly host: FunctionHost;
  readonly recorder: Recorder | undefined;
  readonly scheduler: LocalScheduler;
  readonly env: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** A running local cloud: the stacks of an app, made from their templates. Ends when it is disposed. */
export class LocalCloud implements AsyncDisposable {
  /** What a client outside of the cloud needs: AWS variables, and one variable for each `Millrace…` output. */
  readonly env: Readonly<Record<string, string>>;
  /** Outputs by stack, then by name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resources: LocalResources;
  readonly functions: LocalFunctions;
  /** What the templates hold and the local cloud does not do, one sentence each. */
  readonly notEmulated: readonly string[];
  readonly #plan: Plan;
  readonly #host: FunctionHost;
  readonly #recorder: Recorder | undefined;
  readonly #scheduler: LocalScheduler;
  readonly #stop: () => Promise<void>;
  #assembly: Assembly;
  #stopped: Promise<void> | undefined;

  constructor(parts: LocalCloudParts) {
    const { assembly, deployment, plan, host, recorder, scheduler, env, stop } = parts;
    this.env = env;
    this.outputs = deployment.outputs;
    this.resources = {
      all: deployment.resources,
      get: (first: string, id?: string) => this.#find(first, id),
    };
    this.functions = {
      all: [...plan.functions.values()],
      invoke: (name, event) => host.invoke(this.#function(name).name, event),
    };
    this.notEmulated = [...plan.notEmulated].map(([reason, places]) => `${reason} (${places.join(', ')})`);
    this.#plan = plan;
    this.#host = host;
    this.#recorder = recorder;
    this.#scheduler = scheduler;
    this.#stop = stop;
    this.#assembly = assembly;
  }

  /**
   * The IAM policies of a function's role, as the template gives them: no call is refused locally.
   *
   * @throws NotInCloudError
   */
  policies(functionName: string): FunctionPolicies {
    return this.rolePolicies(this.#function(functionName).roleArn);
  }

  /** The same of any role of the stacks, such as the one that schedules name; nothing of a role that is none of them. */
  rolePolicies(roleArn: string): FunctionPolicies {
    const role = [...this.#plan.roles.values()].find((each) => each.arn === roleArn);
    const arns = [...new Set(role?.managedPolicyArns ?? [])];
    const own = arns.flatMap((arn) => this.#plan.managedPolicies.get(arn) ?? []);
    return {
      documents: [...(role?.documents ?? []), ...own],
      managedPolicyArns: arns.filter((arn) => !this.#plan.managedPolicies.has(arn)),
    };
  }

  /**
   * Every AWS call made through the cloud so far, with the permissions that IAM would want for it; and those that
   * Lambda and Scheduler themselves make with the roles of functions and schedules.
   *
   * @throws NotRecordingError unless the cloud was started with `recordCalls`
   */
  requests(): RecordedCall[] {
    if (this.#recorder === undefined) throw new NotRecordingError();
    return [...this.#recorder.calls(this.#plan), ...scheduleCalls(this.#scheduler.asked())];
  }

  /** Resolves when nothing runs and no event source has anything to hand on. Messages that are delayed or in backoff do not count. */
  idle(): Promise<void> {
    return this.#host.idle();
  }

  /**
   * Takes over new code from the same app, synthesised again. Running invocations end on the old code.
   *
   * @returns logical ids of the functions whose code changed
   * @throws ReplaceCodeError where anything but code changed; nothing is taken over then
   */
  async replaceCode(app: string | Synthesisable): Promise<string[]> {
    const next = await readAssembly(app);
    const started = new Set(Object.keys(this.outputs));
    const changes = codeChanges({
      before: this.#assembly.stacks.filter((stack) => started.has(stack.name)),
      after: next.stacks,
    });
    for (const { stack, logicalId, codeDir } of changes) {
      const { physicalName } = this.resources.get(stack, logicalId);
      await this.#host.replaceCode(physicalName, codeDir);
    }
    this.#assembly = next;
    return changes.map((change) => change.logicalId);
  }

  /** Ends functions, pollers and engines, and frees every port. Further calls wait for the first. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #function(name: string): PlannedFunction {
    const { all } = this.functions;
    const found =
      all.find((each) => each.name === name || each.logicalId === name) ??
      all.find((each) => this.resources.all.some((it) => it.physicalName === each.name && isAt(it, name)));
    if (found !== undefined) return found;
    throw new NotInCloudError({ kind: 'function', name, known: all.map((each) => each.logicalId) });
  }

  #find(first: string, logicalId: string | undefined): LocalResource {
    const { all } = this.resources;
    const found =
      logicalId === undefined
        ? all.find((each) => isAt(each, first))
        : all.find((each) => each.stack === first && each.logicalId === logicalId);
    if (found !== undefined) return found;
    const known =
      logicalId === undefined ? all.flatMap(({ path }) => path ?? []) : all.map((each) => each.logicalId);
    throw new NotInCloudError({ kind: 'resource', name: logicalId ?? first, known });
  }
}

/** A path may end before the `/Resource` that the CDK's constructs put under their own. */
function isAt({ path }: LocalResource, wanted: string): boolean {
  return path === wanted || path === `${wanted}/Resource`;
}
