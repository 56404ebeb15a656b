import { registerHooks } from 'node:module';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';

/** Names the rule that a process is to run without. */
export const WITHOUT = 'SIMULATION_WITHOUT_RULE';

const ROOT = new URL('../../../', import.meta.url).href;

/** The rule that the environment names, switched off for all modules loaded from now on. */
export function switchOff(name: string): Rule {
  const rule = RULES.find((each) => each.name === name);
  if (!rule)
    throw new Error(`There is no rule '${name}'. There are: ${RULES.map((each) => each.name).join('; ')}`);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const file = url.startsWith(ROOT) ? url.slice(ROOT.length) : '';
      if (!rule.edits.some((edit) => edit.file === file)) return loaded;
      return { ...loaded, source: without(rule, file, textOf(loaded.source)) };
    },
  });
  return rule;
}

/** A file's text without the rule. Fails when the code has changed: the table of rules has to follow it. */
export function without({ name, edits }: Rule, file: string, source: string): string {
  let text = source;
  for (const edit of edits) {
    if (edit.file !== file) continue;
    const times = text.split(edit.find).length - 1;
    if (times !== 1)
      throw new Error(`The rule '${name}' stands ${times} times in ${file}: mend test/simulation/rules`);
    text = text.replace(edit.find, () => edit.replace);
  }
  return text;
}

function textOf(source: unknown): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array);
}
