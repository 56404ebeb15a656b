import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DYNOXIDE_VERSION, dynoxideBinary } from '../../../../lib/local/engines/index.ts';
import { EngineMissingError } from '../../../../lib/local/index.ts';

describe('dynoxideBinary', () => {
  it('names the command that installs the engine where the package is missing', () => {
    const attempt = () => dynoxideBinary({ platform: 'darwin', arch: 'arm64' });
    expect(attempt).toThrow(EngineMissingError);
    expect(attempt).toThrow(`npm install --save-optional @dynoxide/darwin-arm64@${DYNOXIDE_VERSION}`);
    expect(attempt).toThrow('--dynamodb-endpoint');
  });

  it('offers only another DynamoDB where no package exists', () => {
    const attempt = () => dynoxideBinary({ platform: 'aix', arch: 'ppc64' });
    expect(attempt).toThrow(EngineMissingError);
    expect(attempt).not.toThrow('npm install');
    expect(attempt).toThrow('dynamodbEndpoint');
  });

  it('pins the version that package.json pins', async () => {
    const manifest = JSON.parse(
      await readFile(join(import.meta.dirname, '../../../../package.json'), 'utf8'),
    );
    expect(Object.values(manifest.optionalDependencies)).toEqual([DYNOXIDE_VERSION]);
  });
});
