import type { JobType, Schema } from '../contract/index.ts';

/** The type with its schemas known to answer while they do: one that answers asynchronously takes real time. */
export function watchedSchemas(type: JobType, begin: (schema: 'payload' | 'result') => Disposable): JobType {
  return {
    ...type,
    schema: watched(type.schema, () => begin('payload')),
    result: type.result && watched(type.result, () => begin('result')),
  };
}

function watched(schema: Schema, begin: () => Disposable): Schema {
  const standard = schema['~standard'];
  const { version, vendor } = standard;
  return {
    '~standard': {
      ...{ version, vendor },
      validate: (...given) => {
        const answer = standard.validate(...given);
        return answer instanceof Promise ? ended(answer, begin()) : answer;
      },
    },
  };
}

async function ended<T>(answer: Promise<T>, running: Disposable): Promise<T> {
  using _running = running;
  return await answer;
}
