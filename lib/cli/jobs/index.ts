// In:       the command line of `millrace jobs`.
// Out:      single jobs, lists and histories, cancelled and redriven jobs.
// Promises: a result for each id; nothing is changed that was not named or filtered for.
import type { Command } from 'commander';
import type { Cli } from '../operating.ts';
import { addCancel } from './cancel.ts';
import { addGet } from './get.ts';
import { addHistory } from './history.ts';
import { addList } from './list.ts';
import { addRedrive } from './redrive.ts';

export function addJobs(program: Command, cli: Cli): void {
  const jobs = program.command('jobs').description('read, list, cancel and redrive jobs');
  for (const add of [addGet, addList, addCancel, addRedrive, addHistory]) add(jobs, cli);
}
