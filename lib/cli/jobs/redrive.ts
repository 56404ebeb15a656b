import type { Command } from 'commander';
import type { DeadFilter, MergePatch } from '../../client/index.ts';
import { systemClock } from '../../contract/index.ts';
import type { BulkRedriveOptions, RedriveReport, RedriveTarget } from '../../operate/index.ts';
import { count, duration, positive } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readJson } from '../json-argument.ts';
import { loadCatalog } from '../load-catalog.ts';
import { byWhom, type Cli, onStack, operate, type StackFlags, type WhoFlags } from '../operating.ts';
import type { Output } from '../output.ts';
import { printResults, reached } from '../results.ts';
import { stopSignal } from '../stop-signal.ts';
import { filterOf, withFilter } from './filter.ts';
import { doneTo, progressNotes } from './redrive-progress.ts';

interface Flags extends StackFlags, WhoFlags, DeadFilter {
  readonly all?: boolean;
  readonly limit?: number;
  readonly rate?: number;
  readonly staged?: boolean;
  readonly stageTimeout?: number;
  readonly dryRun?: boolean;
  readonly patch?: string;
  readonly catalog?: string;
}

/** Results that a person reads one by one; more are told in numbers, and the failed ones. */
const FEW = 20;

export function addRedrive(jobs: Command, cli: Cli): void {
  const command = jobs
    .command('redrive [id...]')
    .description('start ended jobs anew: by id, or dead or expired ones by filter');
  withFilter(byWhom(onStack(command)))
    .option('--all', 'all dead jobs')
    .option('--limit <jobs>', 'jobs at most, those that ended last first', count)
    .option('--rate <jobs>', 'jobs a second, up to 1,000 (default: 50)', positive)
    .option('--staged', 'one job, then ten, then the rest; stops when they die again')
    .option('--stage-timeout <duration>', 'how long to wait for the jobs of a stage (default: 30m)', duration)
    .option('--dry-run', 'only say what would be done')
    .option('--patch <json>', 'a JSON merge patch for the payloads, or @file')
    .option('--catalog <file>', 'the module that exports `catalog`: patched payloads are checked against it')
    .action(async (ids: readonly string[], flags: Flags) => {
      const target = targetOf(command, ids, flags);
      if (flags.patch !== undefined && flags.catalog === undefined) {
        command.error('error: --patch needs --catalog: payloads are checked before anything is written');
      }
      const patch =
        flags.patch === undefined
          ? undefined
          : ((await readJson(
              { command, directory: cli.directory, option: '--patch' },
              flags.patch,
            )) as MergePatch);
      const catalog =
        flags.catalog === undefined ? undefined : await loadCatalog(cli.directory, flags.catalog);
      const { by, why, limit, rate, staged, stageTimeout, dryRun } = flags;
      const given = { by, why, limit, rate, staged, stageTimeout, dryRun, patch };
      await operate(
        cli,
        flags,
        (operator, output) =>
          redrive((options) => operator.redrive(options), {
            output,
            options: { ...target, ...given, signal: stopSignal() } as BulkRedriveOptions,
          }),
        catalog,
      );
    });
}

async function redrive(
  run: (options: BulkRedriveOptions) => Promise<RedriveReport>,
  { output, options }: { output: Output; options: BulkRedriveOptions },
): Promise<ExitCode> {
  const { staged, dryRun = false } = options;
  const onProgress = progressNotes(output, { clock: systemClock, staged, dryRun });
  const report = reachedReport(await run({ ...options, onProgress }));
  output.result({ dryRun, ...report }, () => printReport(output, report, options));
  if (report.stopped) return report.redriven > 0 ? EXIT.partly : EXIT.error;
  if (report.failed === 0) return EXIT.ok;
  return report.redriven > 0 ? EXIT.partly : EXIT.error;
}

/** What stopped it is the error of the job that was refused. */
function reachedReport(report: RedriveReport): RedriveReport {
  const results = reached(report.results);
  const { stopped } = report;
  const refused = results.find(({ id }) => stopped?.why === 'refused' && id === stopped.id);
  if (!stopped || !refused || refused.ok) return { ...report, results };
  const { name, message } = refused.error;
  return { ...report, results, stopped: { ...stopped, error: { name, message } } };
}

function printReport(output: Output, report: RedriveReport, { dryRun }: BulkRedriveOptions): void {
  const { results, redriven, failed, stages, stopped } = report;
  const done = doneTo(dryRun);
  const few = results.length <= FEW;
  printResults(output, few ? results : results.filter(({ ok }) => !ok), () => done);
  if (results.length === 0) output.print('No job fits.');
  else if (!few) output.print(`${redriven} jobs ${done}, ${failed} failed`);
  for (const [at, stage] of stages.entries()) {
    const { succeeded, died, otherwise, unended } = stage;
    output.print(
      `Stage ${at + 1}: ${succeeded} succeeded, ${died} died, ${otherwise} ended otherwise, ${unended} not ended`,
    );
  }
  if (stopped) {
    const { why, id, error } = stopped;
    const cause = error ? `: ${error.name}: ${error.message}` : '';
    output.print(`Stopped (${why})${id ? ` at ${id}` : ''}${cause}`);
  }
}

function targetOf(command: Command, ids: readonly string[], flags: Flags): RedriveTarget {
  const filter = filterOf(flags) ?? (flags.all ? {} : undefined);
  if (ids.length > 0 && filter) command.error('error: give ids or filters, not both');
  if (ids.length > 0) return { ids };
  if (filter) return { filter };
  return command.error('error: give ids, or filters, or --all for all dead jobs');
}
