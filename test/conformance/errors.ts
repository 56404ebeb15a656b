import { MillraceError } from '../../lib/contract/index.ts';

/** The conformance check needs a program that this machine does not have. */
export class ConformanceToolMissingError extends MillraceError {
  static override readonly errorName = 'ConformanceToolMissingError';
  override readonly code = 'CONFORMANCE_TOOL_MISSING';

  constructor(options: { tool: string; expected: string; cause?: unknown }) {
    const { tool, expected, cause } = options;
    super({
      what: `The conformance check runs Amazon's DynamoDB Local and needs \`${tool}\``,
      got: `no \`${tool}\` on the PATH`,
      expected,
      fix: `install ${expected}, or leave this check to CI: nothing else in the repository needs it`,
      context: { tool },
      cause,
    });
  }
}

/** Maven ran and did not bring DynamoDB Local: no network, most often. */
export class DynamoDbLocalFetchError extends MillraceError {
  static override readonly errorName = 'DynamoDbLocalFetchError';
  override readonly code = 'DYNAMODB_LOCAL_FETCH';

  constructor(options: { printed: string; command: string }) {
    super({
      what: 'Maven could not fetch DynamoDB Local',
      got: options.printed,
      fix: `run \`${options.command}\` by hand; behind a proxy, set a mirror in ~/.m2/settings.xml`,
      context: { command: options.command },
    });
  }
}
