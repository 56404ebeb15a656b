import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { RULES } from './rules.ts';

const FILE = new URL('./noticed.jsonl', import.meta.url);

const NoticedSchema = v.strictObject({
  rule: v.string(),
  /** One that breaks a promise without the rule: the first, when it was looked for. */
  seed: v.number(),
  invariant: v.string(),
  what: v.string(),
});

/** The run that noticed that a rule was out. */
export type Noticed = v.InferOutput<typeof NoticedSchema>;

/** Enqueues of such a run, where the rule says nothing else. */
export const JOBS = 40;

/** By the rule's name; one line of the file each. */
export function readNoticed(): Map<string, Noticed> {
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  const all = lines.map((line) => v.parse(NoticedSchema, JSON.parse(line)));
  return new Map(all.map((noticed) => [noticed.rule, noticed]));
}

/** What is known of a rule from now on; what is recorded of rules that there are no more goes. */
export function record(rule: string, found: Noticed | undefined): void {
  const all = readNoticed();
  const lines = RULES.flatMap(({ name }) => (name === rule ? found : all.get(name)) ?? []);
  writeFileSync(FILE, `${lines.map((each) => JSON.stringify(each)).join('\n')}\n`);
}
