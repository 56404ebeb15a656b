import { TemplateInvalidError, TemplateUnsupportedError } from '../errors.ts';
import {
  brief,
  isList,
  isObject,
  isScalar,
  type Json,
  type JsonObject,
  type Location,
  within,
} from '../template/index.ts';

/**
 * The resolved properties of a resource, read one by one: what nobody read, and nobody declared to be without effect,
 * is an error in the end. So a property that the local cloud does not know is never passed over in silence.
 */
export class Properties {
  readonly at: Location;
  readonly #values: JsonObject;
  readonly #read = new Set<string>();
  readonly #nested: Properties[] = [];

  constructor(options: { values: JsonObject; at: Location }) {
    this.#values = options.values;
    this.at = options.at;
  }

  json(name: string): Json | undefined {
    this.#read.add(name);
    return this.#values[name];
  }

  /** CloudFormation takes numbers and booleans for text, and the other way round. */
  optionalText(name: string): string | undefined {
    const value = this.json(name);
    if (value === undefined) return undefined;
    if (isScalar(value)) return String(value);
    throw this.#wrong(name, value, 'a text');
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#missing(name);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.json(name);
    if (value === undefined) return undefined;
    const number = isScalar(value) && value !== '' && typeof value !== 'boolean' ? Number(value) : Number.NaN;
    if (Number.isFinite(number)) return number;
    throw this.#wrong(name, value, 'a number');
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.json(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw this.#wrong(name, value, 'true or false');
  }

  /** One of a closed set. */
  optionalChoice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.json(name);
    if (value === undefined) return undefined;
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    throw this.#wrong(name, value, `one of ${choices.join(', ')}`);
  }

  choice<const T extends string>(name: string, choices: readonly T[]): T {
    return this.optionalChoice(name, choices) ?? this.#missing(name);
  }

  list(name: string): readonly Json[] {
    const value = this.json(name);
    if (value === undefined) return [];
    if (isList(value)) return value;
    throw this.#wrong(name, value, 'a list');
  }

  texts(name: string): string[] {
    return this.list(name).map((value) => {
      if (isScalar(value)) return String(value);
      throw this.#wrong(name, value, 'a list of texts');
    });
  }

  optionalObject(name: string): Properties | undefined {
    const value = this.json(name);
    return value === undefined ? undefined : this.#nest(name, value, within(this.at, name));
  }

  object(name: string): Properties {
    return this.optionalObject(name) ?? this.#missing(name);
  }

  objects(name: string): Properties[] {
    return this.list(name).map((value, index) =>
      this.#nest(name, value, within(within(this.at, name), index)),
    );
  }

  /** A map of names that the user chose, such as environment variables. */
  textMap(name: string): Record<string, string> {
    const value = this.json(name) ?? {};
    if (!isObject(value)) throw this.#wrong(name, value, 'an object');
    const entries = Object.entries(value).map(([key, entry]): [string, string] => {
      if (isScalar(entry)) return [key, String(entry)];
      throw this.#wrong(`${name}.${key}`, entry, 'a text');
    });
    return Object.fromEntries(entries);
  }

  /** Declares properties that change nothing on a laptop: tags, encryption, backups, tracing. */
  withoutEffect(...names: readonly string[]): this {
    for (const name of names) this.#read.add(name);
    return this;
  }

  /** Whether the property is there at all. */
  has(name: string): boolean {
    return this.json(name) !== undefined;
  }

  unsupported(
    name: string,
    options: { got?: string; expected?: string; fix: string },
  ): TemplateUnsupportedError {
    return new TemplateUnsupportedError({
      what: 'this property is not emulated',
      at: within(this.at, name),
      ...options,
    });
  }

  /** @throws TemplateUnsupportedError for the first property that nobody read. */
  refuseUnread(): void {
    const unread = Object.keys(this.#values).find((name) => !this.#read.has(name));
    if (unread !== undefined) {
      throw this.unsupported(unread, {
        got: brief(this.#values[unread]),
        fix: 'leave it out where the app runs locally, or ask for it in an issue',
      });
    }
    for (const nested of this.#nested) nested.refuseUnread();
  }

  #nest(name: string, value: Json, at: Location): Properties {
    if (!isObject(value)) throw this.#wrong(name, value, 'an object');
    const nested = new Properties({ values: value, at });
    this.#nested.push(nested);
    return nested;
  }

  #missing(name: string): never {
    throw new TemplateInvalidError({
      what: 'a required property is missing',
      at: within(this.at, name),
      fix: 'set it in the app',
    });
  }

  #wrong(name: string, got: Json, expected: string): TemplateInvalidError {
    return new TemplateInvalidError({
      what: 'a property has the wrong type',
      at: within(this.at, name),
      got: brief(got),
      expected,
      fix: 'mend it in the app',
    });
  }
}
