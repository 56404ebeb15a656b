import { MillraceError } from '../../lib/contract/index.ts';

/** The conformance check needs a program that this machine does not have. */
export class ConformanceToolMissingError extends MillraceError {
  static override readonly errorName = 'ConformanceToolMissingError';
  override readonly code = 'CONFORMANCE_TOOL_MISSING';

  constructor(options: { tool: string; expected: string; cause?: unknown }) {
    const { tool, expected, cause } = options;
    super({
      what: `The conformance check runs DynamoDB Local and ElasticMQ and needs \`${tool}\``,
      got: `no \`${tool}\` on the PATH`,
      expected,
      fix: `install ${expected}, or leave this check to CI: nothing else in the repository needs it`,
      context: { tool },
      cause,
    });
  }
}

/** Maven ran and did not bring what was asked for: no network, most often. */
export class MavenFetchError extends MillraceError {
  static override readonly errorName = 'MavenFetchError';
  override readonly code = 'MAVEN_FETCH';

  constructor(options: { name: string; printed: string; command: string }) {
    super({
      what: `Maven could not fetch ${options.name}`,
      got: options.printed,
      fix: `run \`${options.command}\` by hand; behind a proxy, set a mirror in ~/.m2/settings.xml`,
      context: { name: options.name, command: options.command },
    });
  }
}
