import { createRequire } from 'node:module';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { BUNDLING } from './function-settings.ts';

/** As NodejsFunction bundles the user's worker, so that all functions of a stack are built alike. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: 'node',
  format: BUNDLING.format,
  target: BUNDLING.target,
  mainFields: BUNDLING.mainFields,
  minify: BUNDLING.minify,
  banner: { js: BUNDLING.banner },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * A function's code, bundled from its source in this process: NodejsFunction would start npx for each. Throws esbuild's error if the source does not build.
 */
export function codeFromSource(entry: string, root: string): Code {
  return Code.fromAsset(root, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: esbuild is installed wherever this is source, or the error below says that it is not.
      image: DockerImage.fromRegistry('none'),
      // The CDK takes two assets of one folder for the same unless their commands differ.
      command: ['esbuild', entry],
      local: {
        tryBundle(outputDir) {
          esbuild().buildSync({ ...BUNDLE_OPTIONS, entryPoints: [entry], outfile: `${outputDir}/index.mjs` });
          return true;
        },
      },
    },
  });
}

/** Only what is built from source needs esbuild: in the published package these functions are bundled already. */
function esbuild(): typeof import('esbuild') {
  return createRequire(import.meta.url)('esbuild');
}
