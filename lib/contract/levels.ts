import { PayloadInvalidError } from './input-errors.ts';
import { LIMITS } from './limits.ts';

/** How many arrays and objects of a JSON text stand within each other. Counted, not descended into: any depth can be. */
export function levelsOf(json: string): number {
  let level = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json[at];
    if (inText) {
      if (unit === '\\') at++;
      else if (unit === '"') inText = false;
    } else if (unit === '"') inText = true;
    else if (unit === '[' || unit === '{') deepest = Math.max(deepest, ++level);
    else if (unit === ']' || unit === '}') level--;
  }
  return deepest;
}

/**
 * That a payload, as JSON, can be read and written by whoever it comes to.
 *
 * @throws {PayloadInvalidError} it nests too deep
 */
export function checkLevels(type: string, json: string): void {
  const levels = levelsOf(json);
  if (levels <= LIMITS.payloadLevels) return;
  throw new PayloadInvalidError({
    type,
    issues: [{ path: '', message: `${levels} arrays and objects within each other` }],
    expected: `at most ${LIMITS.payloadLevels} of them: what one Node can write, another may not`,
    fix: 'flatten the payload, or store the data in S3 and put its bucket and key into the payload',
  });
}
