import { AWS_LIMITS } from '../defaults.ts';
import { checkRange, isKnown } from './known.ts';
import { StackRuleError } from './stack-rule-error.ts';

/**
 * @param batchWindow seconds
 * @throws {StackRuleError} `batch-window` for more than 10 messages without a window, `out-of-range`
 */
export function checkBatch(options: { queue: string; batchSize: number; batchWindow: number }): void {
  const { queue, batchSize, batchWindow } = options;
  checkRange({ option: `batchSize of ${queue}`, value: batchSize, min: 1, max: AWS_LIMITS.batchSize });
  const option = `batchWindow of ${queue}`;
  checkRange({ option, value: batchWindow, min: 0, max: AWS_LIMITS.batchWindow, unit: 's' });
  if (!isKnown(batchSize) || batchSize <= AWS_LIMITS.batchSizeWithoutWindow || batchWindow >= 1) return;
  throw new StackRuleError({
    rule: 'batch-window',
    what: `The event source of ${queue} takes more than ${AWS_LIMITS.batchSizeWithoutWindow} messages without a batch window`,
    got: `batchSize ${batchSize}, batchWindow ${batchWindow} s`,
    expected: `a batchWindow of at least 1 s, or a batchSize of at most ${AWS_LIMITS.batchSizeWithoutWindow}`,
    fix: 'set batchWindow: Duration.seconds(1), or lower batchSize',
    context: { queue, batchSize, batchWindow },
  });
}
