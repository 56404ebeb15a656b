import { MillraceError } from '../contract/index.ts';
import type { Location } from './template/location.ts';
import { locationText } from './template/location.ts';

/** The cloud assembly is missing, unreadable, or of a shape that this version does not know. */
export class AssemblyError extends MillraceError {
  static override readonly errorName = 'AssemblyError';
  override readonly code = 'LOCAL_ASSEMBLY';

  constructor(options: { what: string; got?: string; expected?: string; fix: string; cause?: unknown }) {
    super(options);
  }
}

/** The template says something that CloudFormation would refuse as well: a reference to nothing, a cycle. */
export class TemplateInvalidError extends MillraceError {
  static override readonly errorName = 'TemplateInvalidError';
  override readonly code = 'LOCAL_TEMPLATE_INVALID';

  constructor(options: { what: string; at: Location; got?: string; expected?: string; fix: string }) {
    super({
      what: `${locationText(options.at)}: ${options.what}`,
      got: options.got,
      expected: options.expected,
      fix: options.fix,
      context: { ...options.at },
    });
  }
}

/** The template is right, but the local cloud does not emulate this part of it. */
export class TemplateUnsupportedError extends MillraceError {
  static override readonly errorName = 'TemplateUnsupportedError';
  override readonly code = 'LOCAL_TEMPLATE_UNSUPPORTED';

  constructor(options: { what: string; at: Location; got?: string; expected?: string; fix: string }) {
    super({
      what: `${locationText(options.at)}: ${options.what}`,
      got: options.got,
      expected: options.expected,
      fix: options.fix,
      context: { ...options.at },
    });
  }
}

/** The engine's package is not installed for this platform. */
export class EngineMissingError extends MillraceError {
  static override readonly errorName = 'EngineMissingError';
  override readonly code = 'LOCAL_ENGINE_MISSING';

  constructor(options: { engine: string; platform: string; command?: string; cause?: unknown }) {
    const { engine, platform, command, cause } = options;
    const elsewhere = 'start with `dynamodbEndpoint` (--dynamodb-endpoint) set to another DynamoDB';
    super({
      what: `${engine}, the local DynamoDB engine, is not installed for ${platform}`,
      fix: command === undefined ? elsewhere : `run \`${command}\`, or ${elsewhere}`,
      context: { engine, platform, command },
      cause,
    });
  }
}

/** The engine is there but did not come up. */
export class EngineStartError extends MillraceError {
  static override readonly errorName = 'EngineStartError';
  override readonly code = 'LOCAL_ENGINE_START';

  constructor(options: { engine: string; got: string; fix: string; cause?: unknown }) {
    const { engine, got, fix, cause } = options;
    super({ what: `The local engine ${engine} did not start`, got, fix, context: { engine }, cause });
  }
}

/** No resource, function or stack of that name runs in this local cloud. */
export class NotInCloudError extends MillraceError {
  static override readonly errorName = 'NotInCloudError';
  override readonly code = 'LOCAL_NOT_IN_CLOUD';

  constructor(options: { kind: string; name: string; known: readonly string[] }) {
    const { kind, name, known } = options;
    super({
      what: `The local cloud has no ${kind} ${JSON.stringify(name)}`,
      expected: known.length === 0 ? `none: there is no ${kind} at all` : `one of ${known.join(', ')}`,
      fix: `use the logical id, the construct path or the physical name of a ${kind} of the started stacks`,
      context: { kind, name },
    });
  }
}

/** The new assembly differs in more than code, so the running cloud cannot take it over. */
export class ReplaceCodeError extends MillraceError {
  static override readonly errorName = 'ReplaceCodeError';
  override readonly code = 'LOCAL_REPLACE_CODE';

  constructor(options: { differences: readonly string[] }) {
    super({
      what: 'The new assembly changes more than the code of functions',
      got: options.differences.join(', '),
      fix: 'stop the local cloud and start it again',
      context: { differences: options.differences },
    });
  }
}

/** A call was to be recorded, but the cloud was started without the recorder. */
export class NotRecordingError extends MillraceError {
  static override readonly errorName = 'NotRecordingError';
  override readonly code = 'LOCAL_NOT_RECORDING';

  constructor() {
    super({
      what: 'This local cloud does not record AWS calls',
      fix: 'start it with `recordCalls: true`',
    });
  }
}
