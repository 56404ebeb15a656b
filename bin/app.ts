import { App } from 'aws-cdk-lib';
import { JobsStack } from './jobs-stack.ts';

const app = new App();
new JobsStack(app, 'MillraceJobs', {
  description: 'Background jobs of this application, by Millrace',
});
