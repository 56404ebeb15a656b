/** A length of time as a person reads it: `70 ms`, `1.3 s`, `2 min 5 s`. */
export function readable(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Text that is indented, and broken between words where a line of the terminal ends. */
export function wrapped(
  text: string,
  { indent, columns }: { indent: number; columns: number | undefined },
): string {
  const margin = ' '.repeat(indent);
  const width = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns - indent, 20);
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => margin + line).join('\n');
}
