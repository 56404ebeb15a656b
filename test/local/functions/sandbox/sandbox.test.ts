import { describe, expect, it } from 'vitest';
import { FunctionFixture } from '../function-fixture.ts';

describe('a handler', () => {
  it('gets the event and answers through JSON', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(
      'export const handler = async (event) => ({ got: event, at: new Date(0) })',
    );
    const result = await fixture.host.invoke(name, { a: [1] });
    expect(result).toMatchObject({
      outcome: 'succeeded',
      payload: { got: { a: [1] }, at: '1970-01-01T00:00:00.000Z' },
    });
  });

  it.each([
    ['index.mjs', 'export const handler = async () => "answer"'],
    ['index.js', 'exports.handler = async () => "answer"'],
    ['index.cjs', 'module.exports = { handler: async () => "answer" }'],
    ['index.cjs', 'const api = {}; api["hand" + "ler"] = async () => "answer"; module.exports = api;'],
    ['index.ts', 'const word: string = "answer"; export const handler = async (): Promise<string> => word'],
    [
      'index.mjs',
      'export const handler = (event, context, callback) => { setTimeout(callback, 1, null, "answer") }',
    ],
    ['index.mjs', 'export const handler = () => "answer"'],
  ])('may be %s: %s', async (file, source) => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(source, { file });
    expect(await fixture.host.invoke(name, {})).toMatchObject({ outcome: 'succeeded', payload: 'answer' });
  });

  it("gets a context like Lambda's", async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(
      'export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() })',
      { timeoutSeconds: 7, memoryMb: 300 },
    );
    const result = await fixture.host.invoke(name, {});
    expect(result).toMatchObject({
      payload: {
        functionName: name,
        functionVersion: '$LATEST',
        memoryLimitInMB: '300',
        invokedFunctionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${name}`,
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: expect.stringMatching(/^\[\$LATEST\][0-9a-f]{32}$/),
        awsRequestId: result.requestId,
        callbackWaitsForEmptyEventLoop: true,
        left: expect.toSatisfy((left: number) => left > 5_000 && left <= 7_000),
      },
    });
  });

  it("sees the environment it is given and nothing of the parent's", async () => {
    process.env['MILLRACE_TEST_LEAK'] = 'leaked';
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('export const handler = async () => process.env', {
      environment: { GREETING: 'hello' },
    });
    const result = await fixture.host.invoke(name, {});
    delete process.env['MILLRACE_TEST_LEAK'];
    expect(result).toMatchObject({ payload: { GREETING: 'hello', AWS_LAMBDA_FUNCTION_NAME: name } });
    expect(result).not.toHaveProperty('payload.MILLRACE_TEST_LEAK');
    expect(result).not.toHaveProperty('payload.HOME');
  });

  it("keeps its module's state from one invocation to the next", async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('let n = 0; export const handler = async () => ++n');
    await fixture.host.invoke(name, {});
    expect(await fixture.host.invoke(name, {})).toMatchObject({ payload: 2 });
    expect(fixture.of('invoke-start').map(({ coldStart }) => coldStart)).toEqual([true, false]);
  });

  it('has its output reported line by line, each with its invocation', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(`
      console.log('loading');
      export const handler = async (n) => { console.log('out ' + n); console.error('two\\nlines'); process.stdout.write('no line feed') }`);
    const first = await fixture.host.invoke(name, 1);
    const second = await fixture.host.invoke(name, 2);
    const logs = fixture.of('log').map(({ line, stream, requestId }) => [line, stream, requestId]);
    expect(logs).toHaveLength(9);
    expect(logs[0]).toEqual(['loading', 'stdout', undefined]);
    for (const [{ requestId }, n] of [[first, 1] as const, [second, 2] as const]) {
      expect(logs).toContainEqual([`out ${n}`, 'stdout', requestId]);
      expect(logs).toContainEqual(['two', 'stderr', requestId]);
      expect(logs).toContainEqual(['lines', 'stderr', requestId]);
      expect(logs).toContainEqual(['no line feed', 'stdout', requestId]);
    }
  });
});

describe('a handler that fails', () => {
  it.each([
    [
      'throws',
      'export const handler = async () => { throw new TypeError("no") }',
      'error',
      'TypeError',
      'no',
    ],
    ['throws text', 'export const handler = async () => { throw "no" }', 'error', 'string', 'no'],
    [
      'calls back an error',
      'export const handler = (e, c, done) => done(new RangeError("no"))',
      'error',
      'RangeError',
      'no',
    ],
    [
      'answers what JSON cannot carry',
      'export const handler = async () => 1n',
      'error',
      'Runtime.MarshalError',
      'Unable to stringify',
    ],
    [
      'never answers',
      'export const handler = () => new Promise(() => {})',
      'error',
      'Runtime.NodeJsExit',
      'not answered',
    ],
    [
      'leaves a rejection unhandled',
      'export const handler = () => new Promise(() => { Promise.reject(new Error("lost")); setTimeout(() => {}, 5000) })',
      'error',
      'Runtime.UnhandledPromiseRejection',
      'lost',
    ],
    [
      'throws outside its promise',
      'export const handler = () => new Promise(() => { setTimeout(() => { throw new EvalError("late") }) })',
      'error',
      'EvalError',
      'late',
    ],
    [
      'exits',
      'export const handler = async () => process.exit(3)',
      'crash',
      'Runtime.ExitError',
      'exit status 3',
    ],
    [
      'exits well',
      'export const handler = async () => process.exit(0)',
      'crash',
      'Runtime.ExitError',
      'without providing a reason',
    ],
    [
      'kills itself',
      'export const handler = async () => { process.kill(process.pid, "SIGSEGV"); for (;;); }',
      'crash',
      'Runtime.ExitError',
      'SIGSEGV',
    ],
    ['does not load', 'throw new URIError("top")', 'init-error', 'URIError', 'top'],
    ['exits while it loads', 'process.exit(4)', 'init-error', 'Runtime.ExitError', 'exit status 4'],
    ['has another name', 'export const other = 1', 'init-error', 'Runtime.HandlerNotFound', 'index.handler'],
  ])(
    'because it %s is reported as by Lambda, and the next invocation runs',
    async (_, source, outcome, errorType, text) => {
      await using fixture = await FunctionFixture.start();
      const name = await fixture.add(source);
      for (const _try of [1, 2]) {
        expect(await fixture.host.invoke(name, {})).toMatchObject({
          outcome,
          error: { errorType, errorMessage: expect.stringContaining(text) },
        });
      }
      expect(fixture.of('invoke-end')).toMatchObject([{ outcome }, { outcome }]);
    },
  );

  it('because its file is missing is reported as by Lambda', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('', { handler: 'elsewhere.handler' });
    expect(await fixture.host.invoke(name, {})).toMatchObject({
      outcome: 'init-error',
      error: { errorType: 'Runtime.ImportModuleError' },
    });
  });

  it.each([
    ['an environment', { environment: { A: 'b\0c' } }],
    ['a directory', { codeDir: '/nowhere/at/all' }],
  ])('because no process can have such %s is reported, and does not hold anything up', async (_, spec) => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('export const handler = async () => {}', spec);
    expect(await fixture.host.invoke(name, {})).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
    expect(await fixture.host.invoke(name, {})).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
  });

  it('because its event is no JSON rejects, and the next invocation runs', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add('export const handler = async () => "fine"', { reservedConcurrency: 1 });
    await expect(fixture.host.invoke(name, 1n)).rejects.toThrow(TypeError);
    expect(await fixture.host.invoke(name, 1)).toMatchObject({ payload: 'fine' });
  });

  it('because it blocks is killed at its timeout and replaced', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(
      'export const handler = async (e) => { while (e.block); return process.pid }',
      {
        timeoutSeconds: 0.3,
      },
    );
    const first = await fixture.host.invoke(name, {});
    expect(await fixture.host.invoke(name, { block: true })).toMatchObject({
      outcome: 'timeout',
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 0.30 seconds'),
      },
    });
    const second = await fixture.host.invoke(name, {});
    expect(second).toMatchObject({ outcome: 'succeeded' });
    expect(second).not.toHaveProperty('payload', Object(first)['payload']);
    expect(fixture.of('timeout')).toHaveLength(1);
  });

  it.each([
    [
      'outside the heap',
      'const all = []; export const handler = async () => { for (;;) { all.push(Buffer.alloc(4e6, 1)); await new Promise(setImmediate) } }',
      'signal: killed',
    ],
    [
      'inside the heap',
      'const all = []; export const handler = async () => { for (;;) all.push({ all: [...all] }) }',
      'signal:',
    ],
  ])('because it takes too much memory %s is reported as out of memory', async (_, source, text) => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(source, { memoryMb: 160 });
    expect(await fixture.host.invoke(name, {})).toMatchObject({
      outcome: 'out-of-memory',
      error: { errorMessage: expect.stringContaining(text) },
    });
    expect(fixture.of('out-of-memory')).toHaveLength(1);
  });
});

describe('a sandbox that ends while it is idle', () => {
  it('is reported and replaced', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(
      'export const handler = async (e) => { if (e.later) setTimeout(() => { throw new Error("later") }, 20) }',
    );
    await fixture.host.invoke(name, { later: true });
    await fixture.until(() => fixture.of('crash').length === 1);
    expect(fixture.of('crash')[0]).toMatchObject({ requestId: undefined });
    expect(await fixture.host.invoke(name, {})).toMatchObject({ outcome: 'succeeded' });
  });

  it('does not end when it is frozen', async () => {
    await using fixture = await FunctionFixture.start({ freeze: true });
    const name = await fixture.add(`
      let fired = 0;
      export const handler = async () => { const before = fired; setInterval(() => { fired++ }, 1); return before }`);
    await fixture.host.invoke(name, {});
    const other = await fixture.add(
      'export const handler = () => new Promise((done) => setTimeout(done, 200))',
    );
    await fixture.host.invoke(other, {});
    // Thawed, at most the timers that were due fire before the handler runs.
    const result = await fixture.host.invoke(name, {});
    expect(Object(result)['payload']).toBeLessThan(20);
  });
});
