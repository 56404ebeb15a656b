import type { StandardSchemaV1 } from '@standard-schema/spec';
import { PayloadInvalidError, type PayloadIssue } from './input-errors.ts';

/** Any schema of the Standard Schema family: zod, valibot, arktype, … (https://standardschema.dev). */
export type Schema = StandardSchemaV1;
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/**
 * The schema's output for a value.
 *
 * @throws {PayloadInvalidError} with every issue that the schema reports
 */
export async function parseWith<S extends Schema>(
  schema: S,
  value: unknown,
  type: string,
): Promise<SchemaOutput<S>> {
  const validated = schema['~standard'].validate(value);
  const result = validated instanceof Promise ? await validated : validated;
  if (result.issues) throw new PayloadInvalidError({ type, issues: result.issues.map(readIssue) });
  return result.value as SchemaOutput<S>;
}

/**
 * Checks a value with a schema that answers at once; one that answers asynchronously is not waited for.
 *
 * @throws {PayloadInvalidError} with every issue that the schema reports
 */
export function parseNow(schema: Schema, value: unknown, type: string): void {
  const result = schema['~standard'].validate(value);
  // What it comes to is nobody's here: a rejection must not end the process.
  if (result instanceof Promise) result.catch(() => undefined);
  else if (result.issues) throw new PayloadInvalidError({ type, issues: result.issues.map(readIssue) });
}

function readIssue(issue: StandardSchemaV1.Issue): PayloadIssue {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return { path, message: issue.message };
}
