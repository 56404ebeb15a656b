import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createFunctionHost,
  type FunctionHost,
  type FunctionHostOptions,
  type FunctionSpec,
  type LocalEvent,
} from '../../../lib/local/functions/index.ts';

export const REGION = 'eu-west-1';

type Of<Type extends LocalEvent['type']> = Extract<LocalEvent, { type: Type }>;

/** A host with handlers in a directory of its own, and the events that it reported. */
export class FunctionFixture implements AsyncDisposable {
  readonly host: FunctionHost;
  readonly events: LocalEvent[] = [];
  /** Sandboxes that have not ended. */
  readonly pids = new Set<number>();
  readonly #directory: string;
  readonly #waiting = new Set<() => void>();
  #functions = 0;

  static async start(options: Partial<FunctionHostOptions> = {}): Promise<FunctionFixture> {
    return new FunctionFixture(await mkdtemp(join(tmpdir(), 'millrace-functions-')), options);
  }

  private constructor(directory: string, options: Partial<FunctionHostOptions>) {
    this.#directory = directory;
    this.host = createFunctionHost({
      sqsEndpoint: 'http://127.0.0.1:1',
      dynamodbEndpoint: 'http://127.0.0.1:1',
      region: REGION,
      registerChild: (pid) => {
        this.pids.add(pid);
        return () => this.pids.delete(pid);
      },
      onEvent: (event) => {
        this.events.push(event);
        for (const look of this.#waiting) look();
      },
      ...options,
    });
  }

  /** Writes a code directory that holds one file and gives back its path. */
  async code(source: string, file = 'index.mjs'): Promise<string> {
    const codeDir = await mkdtemp(join(this.#directory, 'code-'));
    await writeFile(join(codeDir, file), source);
    return codeDir;
  }

  /** Adds a function whose module is the given source, and gives back its name. */
  async add(source: string, spec: Partial<FunctionSpec> & { file?: string } = {}): Promise<string> {
    const { file, ...rest } = spec;
    this.#functions += 1;
    const name = `function-${this.#functions}`;
    this.host.addFunction({
      logicalId: `Function${this.#functions}`,
      name,
      arn: `arn:aws:lambda:${REGION}:000000000000:function:${name}`,
      codeDir: await this.code(source, file),
      handler: 'index.handler',
      environment: {},
      timeoutSeconds: 10,
      memoryMb: 256,
      ...rest,
    });
    return name;
  }

  of<Type extends LocalEvent['type']>(type: Type): Of<Type>[] {
    return this.events.filter((event): event is Of<Type> => event.type === type);
  }

  get lines(): string[] {
    return this.of('log').map(({ line }) => line);
  }

  /** Resolves once the condition holds; looked at again with every event and, for the engines, now and then. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(look, 10);
      this.#waiting.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
