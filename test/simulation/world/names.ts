/** What jobs are called in stories and in names of faults: their number in the plan, whatever id they were given. */
export class Names {
  readonly #names = new Map<string, string>();

  /** The first name stays: a repeated enqueue of one key is the same job. */
  give(id: string, name: string): void {
    if (!this.#names.has(id)) this.#names.set(id, name);
  }

  of(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** The id of a job by its name. */
  id(name: string): string | undefined {
    return [...this.#names].find(([, given]) => given === name)?.[0];
  }

  label(ids: readonly string[]): string {
    const [first] = ids;
    if (first === undefined) return 'no job';
    return ids.length === 1 ? this.of(first) : `${this.of(first)} and ${ids.length - 1} more`;
  }
}
