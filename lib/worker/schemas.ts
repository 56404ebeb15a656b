import {
  describeThrown,
  type JobType,
  LIMITS,
  levelsOf,
  type MillraceError,
  PayloadInvalidError,
  parseWith,
  upcast,
} from '../contract/index.ts';
import { ResultInvalidError, SchemaThrewError } from './errors.ts';

/** No later try makes it fit: the job is dead. */
export interface Refused {
  readonly refused: MillraceError;
}

/** A result as the record keeps it: JSON; undefined where the handler returned nothing. */
export interface Kept {
  readonly json: string | undefined;
}

/** The schema said nothing about the value: the attempt failed, and another may fare better. */
interface Threw {
  readonly thrown: SchemaThrewError;
}

/** The payload as today's version of the type has it, or why there is none. */
export async function readPayload(
  type: JobType,
  sent: { readonly version: number; readonly payload: unknown },
): Promise<{ readonly payload: unknown } | Refused | Threw> {
  try {
    return { payload: await parseWith(type.schema, upcast(type, sent), type.name) };
  } catch (error) {
    if (error instanceof PayloadInvalidError) return { refused: error };
    return { thrown: new SchemaThrewError({ type: type.name, schema: 'payload', cause: error }) };
  }
}

/** What a handler returned, as JSON, or why it cannot be kept. */
export async function readResult(type: JobType, returned: unknown): Promise<Kept | Refused | Threw> {
  const { name, result } = type;
  try {
    if (result) await parseWith(result, returned, name);
  } catch (error) {
    if (error instanceof PayloadInvalidError) return unkept(name, error);
    return { thrown: new SchemaThrewError({ type: name, schema: 'result', cause: error }) };
  }
  try {
    const json = JSON.stringify(returned);
    const bytes = json === undefined ? 0 : Buffer.byteLength(json);
    if (bytes > LIMITS.payloadBytes) return unkept(name, new RangeError(`${bytes} bytes as JSON`));
    const levels = levelsOf(json ?? '');
    return levels > LIMITS.payloadLevels
      ? unkept(name, new RangeError(`${levels} arrays and objects within each other`))
      : { json };
  } catch (error) {
    return unkept(name, error);
  }
}

function unkept(type: string, cause: unknown): Refused {
  const { message: got } = describeThrown(cause);
  return { refused: new ResultInvalidError({ type, got, cause }) };
}
