import { createRequire } from 'node:module';
import { EngineMissingError } from '../errors.ts';

/** The one place that pins the DynamoDB engine; package.json's optionalDependencies say the same. */
export const DYNOXIDE_VERSION = '1.2.1';

/** Platforms that the engine is published for, as `process.platform`-`process.arch`. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

/**
 * Path of the engine's binary for this platform.
 *
 * @throws EngineMissingError with the command that installs it.
 */
export function dynoxideBinary(host: Platform = process): string {
  const platform = `${host.platform}-${host.arch}`;
  const name = `@dynoxide/${platform}`;
  const file = host.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  try {
    return createRequire(import.meta.url).resolve(`${name}/${file}`);
  } catch (cause) {
    throw new EngineMissingError({
      engine: 'dynoxide',
      platform,
      command: PLATFORMS.includes(platform)
        ? `npm install --save-optional ${name}@${DYNOXIDE_VERSION}`
        : undefined,
      cause,
    });
  }
}
