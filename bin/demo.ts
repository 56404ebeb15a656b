// Runs the example jobs on the synthesised stack, on this machine, and checks its own sums.
import { App } from 'aws-cdk-lib';
import { runDemo } from '../demo/run.ts';
import { JobsStack } from './jobs-stack.ts';

const secret = `whsec_${Buffer.from('the demo signs with this secret.').toString('base64')}`;
const ok = await runDemo({
  secret,
  synth(outdir) {
    const app = new App({ outdir });
    new JobsStack(app, 'MillraceJobs', { webhookSecret: secret, webhookAllowPrivate: true });
    return app;
  },
});
process.exitCode = ok ? 0 : 1;
