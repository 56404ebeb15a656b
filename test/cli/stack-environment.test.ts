import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackEnvironment } from '../../lib/cli/stack-environment.ts';
import { millrace } from './millrace-command.ts';

const OUTPUTS = {
  MillraceTableName: 'Jobs',
  MillraceQueues: '{"default":{"low":"https://sqs.eu-west-1.amazonaws.com/123456789012/low"}}',
  MillraceEventSources: '{"default":{"low":"0e4fd3a1"}}',
  MillraceRetentionSeconds: '2592000',
  ApiUrl: 'https://example.com',
};
const VARIABLES = {
  MILLRACE_TABLE_NAME: OUTPUTS.MillraceTableName,
  MILLRACE_QUEUES: OUTPUTS.MillraceQueues,
  MILLRACE_EVENT_SOURCES: OUTPUTS.MillraceEventSources,
  MILLRACE_RETENTION_SECONDS: OUTPUTS.MillraceRetentionSeconds,
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  const stacks = { Network: { VpcId: 'vpc-1' }, Jobs: OUTPUTS };
  await writeFile(join(directory, 'outputs.json'), JSON.stringify(stacks));
  await writeFile(join(directory, 'broken.json'), '{');
  await writeFile(join(directory, 'null.json'), 'null');
  await writeFile(join(directory, 'nulls.json'), '{"Jobs":null}');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the outputs of a stack', () => {
  it('are not asked for where the environment has to do', async () => {
    expect(await stackEnvironment({ directory }, {})).toEqual({});
  });

  it('come from the file that the CDK wrote, of the stack that has them or of the one named', async () => {
    expect(await stackEnvironment({ directory }, { outputs: 'outputs.json' })).toEqual(VARIABLES);
    const named = { outputs: join(directory, 'outputs.json'), stack: 'Jobs' };
    expect(await stackEnvironment({ directory }, named)).toEqual(VARIABLES);
  });

  it('take away what the environment says of another stack', async () => {
    const other = { MILLRACE_DEAD_LETTER_QUEUES: '{"default":{"low":"other"}}', AWS_REGION: 'eu-west-1' };
    const ours = await stackEnvironment({ directory }, { outputs: 'outputs.json' });
    expect({ ...other, ...ours }).toEqual({ ...VARIABLES, AWS_REGION: 'eu-west-1' });
  });

  it.each([
    [{ outputs: 'outputs.json', stack: 'Network' }, 'NO_OUTPUTS'],
    [{ outputs: 'outputs.json', stack: 'Gone' }, 'NO_OUTPUTS'],
    [{ outputs: 'broken.json' }, 'OUTPUTS_FILE'],
    [{ outputs: 'missing.json' }, 'OUTPUTS_FILE'],
    [{ outputs: 'null.json' }, 'OUTPUTS_FILE'],
    [{ outputs: 'null.json', stack: 'Jobs' }, 'OUTPUTS_FILE'],
    [{ outputs: 'nulls.json' }, 'OUTPUTS_FILE'],
  ])('are told to be wrong for %j', async (flags, code) => {
    await expect(stackEnvironment({ directory }, flags)).rejects.toMatchObject({ code });
  });
});

describe('millrace --stack', () => {
  let server: Server;
  let endpoint: string;
  beforeAll(async () => {
    const members = Object.entries(OUTPUTS).map(
      ([key, value]) =>
        `<member><OutputKey>${key}</OutputKey><OutputValue>${value.replaceAll('"', '&quot;')}</OutputValue></member>`,
    );
    const body = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Jobs</StackName>
      <CreationTime>2027-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
      <Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
    const missing = `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>
      <Message>Stack with id Gone does not exist</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
    server = createServer(async (request, response) => {
      const asked = new URLSearchParams(await text(request)).get('StackName');
      // What a server that is not CloudFormation may answer, such as those of the local cloud.
      if (asked === 'Other') response.writeHead(200, { 'content-type': 'text/plain' }).end('{"not":"xml"}');
      else
        response
          .writeHead(asked === 'Gone' ? 400 : 200, { 'content-type': 'text/xml' })
          .end(asked === 'Gone' ? missing : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const environment = () => ({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_ACCOUNT_ID: '123456789012',
    AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
  });

  it('says where there is no such stack', async () => {
    const ended = await millrace(['queues', '--stack', 'Gone'], environment());
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain("There is no stack 'Gone'");
    expect(ended.stderr).toContain('Region eu-west-1, account 123456789012');
    expect(ended.stderr).toContain('set AWS_REGION and AWS_PROFILE');
    expect(ended.stderr).not.toContain('    at ');
  });

  it('says whom it asked, where that was not CloudFormation', async () => {
    const ended = await millrace(['queues', '--stack', 'Other'], environment());
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(`(endpoint ${endpoint})`);
    expect(ended.stderr).toContain('against `millrace dev` leave --stack away');
    expect(ended.stderr).not.toContain('    at ');
  });

  it('reads them from CloudFormation', async () => {
    // The queue that is named next is refused by what the outputs say.
    const ended = await millrace(['drain', 'heavy', '--stack', 'Jobs', '--json'], environment());
    expect(ended.code).toBe(2);
    expect(ended.json()).toMatchObject({
      error: { code: 'INVALID_OPTION', message: expect.stringContaining('default/low') },
    });
  });
});
