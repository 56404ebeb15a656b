import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MillraceError, PermissionError } from '../../lib/contract/index.ts';
import { failBefore, meddle } from '../faults/sdk-faults.ts';
import { Deployment, Engines } from './fixture.ts';

describe('enqueue, when the send is certain to fail', () => {
  let engines: Engines;
  let at: Deployment;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
  });

  const receipt = (options = {}) => ({ job: 'receipt.send', payload: { orderId: '42' }, options }) as const;
  const enqueue = (options = {}) => at.client.enqueue('receipt.send', { orderId: '42' }, options);
  const refusal = (call: Promise<unknown>): Promise<MillraceError> =>
    call.then(
      () => expect.unreachable(),
      (error: MillraceError) => error,
    );

  /** The credentials may not send. `first` is done before each refusal. */
  function denySends(first?: () => Promise<unknown>): Disposable {
    const denied = async () => {
      await first?.();
      throw Object.assign(new Error('User is not authorized to perform: it'), { name: 'AccessDenied' });
    };
    const faults = new DisposableStack();
    faults.use(meddle(at.sqs, 'SendMessageCommand', denied));
    faults.use(meddle(at.sqs, 'SendMessageBatchCommand', denied));
    return faults;
  }

  it.each([{}, { delay: '5m' as const }])(
    'takes the record back, and says so: enqueued again, it is one job (%o)',
    async (options) => {
      {
        using _ = denySends();
        const error = await refusal(enqueue(options));
        const [record] = await at.records();
        expect(error).toBeInstanceOf(PermissionError);
        expect(error).toBeInstanceOf(Error);
        expect(error).toMatchObject({ code: 'PERMISSION_DENIED', retryable: false });
        expect(error).toMatchObject({ context: { resource: 'queue', id: record?.id } });
        expect(error.message).toContain('call millrace.connect(fn)');
        expect(error.message).toContain(`Then enqueue again: the job ${record?.id} is cancelled.`);
        expect(error.stack).toContain(error.message);
        expect(error.toJSON()).toMatchObject({ name: 'PermissionError', message: error.message });
        expect(record).toMatchObject({ status: 'cancelled', dispatch: 0, endedAt: expect.any(Number) });
        expect(await at.client.history(record?.id ?? '')).toMatchObject([
          { from: 'none' },
          { to: 'cancelled', by: 'client', why: 'it could not be sent: PermissionError' },
        ]);
      }
      const { id } = await enqueue();
      expect(await at.envelopes()).toMatchObject([{ id }]);
      const waiting = (await at.records()).filter(({ status }) => status !== 'cancelled');
      expect(waiting).toMatchObject([{ id, status: 'queued' }]);
    },
  );

  it('leaves a job with an idempotency key to the call that is repeated', async () => {
    const options = { idempotencyKey: 'once' };
    using sends = denySends();
    const error = await refusal(enqueue(options));
    const [record] = await at.records();
    expect(error).toBeInstanceOf(PermissionError);
    expect(error.message).toContain('enqueue again with the same idempotency key');
    expect(record).toMatchObject({ status: 'queued', dispatch: 0 });
    expect(record?.out).toBeUndefined();
    sends[Symbol.dispose]();
    expect(await enqueue(options)).toEqual({ id: record?.id, deduplicated: true });
    expect(await at.records()).toMatchObject([{ status: 'queued', dispatch: 0, out: 0 }]);
  });

  it('does so for each job of a batch, and shares no message between them', async () => {
    using _ = denySends();
    const results = await at.client.enqueueMany([receipt(), receipt({ idempotencyKey: 'once' }), receipt()]);
    const records = await at.records();
    expect(records.map(({ status }) => status).sort()).toEqual(['cancelled', 'cancelled', 'queued']);
    for (const result of results) {
      if (result.ok) return expect.unreachable();
      const { context, message } = result.error as MillraceError;
      expect(result.error).toBeInstanceOf(PermissionError);
      const record = records.find(({ id }) => id === context['id']);
      const told = record?.key === undefined ? `the job ${record?.id} is cancelled.` : 'same idempotency key';
      expect(message).toContain(told);
      expect(message.match(/enqueue again/g)).toHaveLength(1);
    }
  });

  it('leaves alone a job that somebody has taken up', async () => {
    using _ = denySends(async () => {
      const [record] = await at.records();
      await at.amend(record?.id ?? '', { status: { S: 'running' }, token: { S: 'token' } });
    });
    const error = await refusal(enqueue());
    const [record] = await at.records();
    expect(record).toMatchObject({ status: 'running', token: 'token' });
    expect(error.message).toContain(`the job ${record?.id} goes on`);
  });

  it('still says what is wrong when the record cannot be taken back', async () => {
    using _sends = denySends();
    using _cancel = failBefore(at.dynamodb, 'TransactWriteItemsCommand');
    const error = await refusal(enqueue());
    expect(error).toBeInstanceOf(PermissionError);
    expect(error.message).toMatch(/do not allow a call on the queue.*it could not be cancelled/);
    expect(error.context).toMatchObject({ notCancelled: 'Error: socket hang up' });
    expect(await at.records()).toMatchObject([{ status: 'queued' }]);
  });
});
