import { TemplateInvalidError } from '../errors.ts';
import { isList, isObject, type Json } from './json.ts';
import { intrinsicName } from './resolve.ts';
import type { Template } from './template.ts';

/**
 * The logical ids of a template's resources, each after everything it refers to or depends on.
 * Ids that do not depend on each other keep the template's order.
 *
 * @throws TemplateInvalidError for a cycle.
 */
export function creationOrder(template: Template): readonly string[] {
  const { stack, resources } = template;
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): void => {
    const resource = resources[id];
    if (resource === undefined || done.has(id)) return;
    if (path.includes(id)) {
      throw new TemplateInvalidError({
        what: 'resources depend on each other in a circle',
        at: { stack, logicalId: id },
        got: [...path.slice(path.indexOf(id)), id].join(' → '),
        fix: 'break the circle in the app',
      });
    }
    path.push(id);
    for (const needed of [...resource.dependsOn, ...references(resource.properties)]) visit(needed);
    path.pop();
    done.add(id);
  };
  for (const id of Object.keys(resources)) visit(id);
  return [...done];
}

/** Every name that Ref, Fn::GetAtt and Fn::Sub mention in `value`, parameters included. */
export function references(value: Json): Set<string> {
  const found = new Set<string>();
  collect(value, found);
  return found;
}

function collect(value: Json, found: Set<string>): void {
  if (isList(value)) {
    for (const entry of value) collect(entry, found);
    return;
  }
  if (!isObject(value)) return;
  const name = intrinsicName(value);
  const argument = name === undefined ? undefined : value[name];
  if (name === 'Ref' && typeof argument === 'string') found.add(argument);
  if (name === 'Fn::GetAtt') addAttribute(argument, found);
  if (name === 'Fn::Sub') addSubstitutions(argument, found);
  for (const entry of Object.values(value)) collect(entry, found);
}

function addAttribute(argument: Json | undefined, found: Set<string>): void {
  const id = isList(argument) ? argument[0] : argument;
  if (typeof id === 'string') found.add(isList(argument) ? id : (id.split('.')[0] ?? id));
}

function addSubstitutions(argument: Json | undefined, found: Set<string>): void {
  const text = isList(argument) ? argument[0] : argument;
  if (typeof text !== 'string') return;
  for (const [, inner = ''] of text.matchAll(/\$\{([^!}][^}]*)\}/g)) {
    found.add(inner.trim().split('.')[0] ?? inner);
  }
}
