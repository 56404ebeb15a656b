import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Millrace } from '../../lib/constructs/index.ts';
import { catalog } from './catalog.ts';

export class BenchStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const entry = new URL('./worker.ts', import.meta.url).pathname;
    new Millrace(this, 'Millrace', { catalog, pools: { default: { entry } } });
  }
}
