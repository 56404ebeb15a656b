import { type App, SecretValue, Stack } from 'aws-cdk-lib';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { startLocal } from '../../../lib/local/index.ts';
import { replaceDynamicReferences } from '../../../lib/local/template/index.ts';
import { createFixture } from './fixture-app.ts';

describe('secrets of the template', () => {
  it('reach the environment of functions, the same in every run', async () => {
    await using fixture = await createFixture();
    const code = await fixture.code('echo', 'export const handler = async () => process.env;');
    const app = fixture.synth((root: App) => {
      const stack = new Stack(root, 'Jobs');
      const plain = new Secret(stack, 'Plain', {
        generateSecretString: { passwordLength: 48, excludePunctuation: true },
      });
      const login = new Secret(stack, 'Login', {
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ user: 'jobs' }),
          generateStringKey: 'password',
          excludeCharacters: '"@/',
        },
      });
      const given = new Secret(stack, 'Given', { secretStringValue: SecretValue.unsafePlainText('known') });
      new Lambda(stack, 'Echo', {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromAsset(code),
        environment: {
          PLAIN: plain.secretValue.unsafeUnwrap(),
          USER_NAME: login.secretValueFromJson('user').unsafeUnwrap(),
          PASSWORD: login.secretValueFromJson('password').unsafeUnwrap(),
          GIVEN: given.secretValue.unsafeUnwrap(),
        },
      });
    });
    const run = async () => {
      await using cloud = await startLocal({ app });
      const result = await cloud.functions.invoke('Jobs/Echo', {});
      return result.outcome === 'succeeded' ? (result.payload as Record<string, string>) : {};
    };
    const first = await run();
    expect(first).toMatchObject({ USER_NAME: 'jobs', GIVEN: 'known' });
    expect(first['PLAIN']).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(first['PASSWORD']).toMatch(/^[^"@/]{32}$/);
    expect(await run()).toMatchObject({ PLAIN: first['PLAIN'], PASSWORD: first['PASSWORD'] });
  }, 40_000);
});

describe('replaceDynamicReferences', () => {
  const at = { stack: 'Jobs', logicalId: 'Fn' };
  const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:login-abcdef';
  const values: Record<string, string> = { [arn]: '{"user":"jobs"}', name: 'text' };
  const replaced = (value: string) => replaceDynamicReferences({ value, secrets: (id) => values[id], at });

  it.each([
    [`{{resolve:secretsmanager:${arn}:SecretString:user::}}`, 'jobs'],
    [`{{resolve:secretsmanager:${arn}:SecretString:::}}`, '{"user":"jobs"}'],
    [`{{resolve:secretsmanager:${arn}}}`, '{"user":"jobs"}'],
    ['a-{{resolve:secretsmanager:name}}-{{resolve:secretsmanager:name:SecretString}}', 'a-text-text'],
  ])('replaces %s', (text, expected) => {
    expect(replaced(text)).toBe(expected);
  });

  it.each([
    '{{resolve:secretsmanager:other:SecretString}}',
    `{{resolve:secretsmanager:${arn}:SecretString:missing}}`,
    '{{resolve:secretsmanager:name:SecretString:key}}',
    '{{resolve:ssm:/name:1}}',
  ])('refuses %s', (text) => {
    expect(() => replaced(text)).toThrow('leads out of the started stacks');
  });
});
