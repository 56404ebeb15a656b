// In:       the command line of `millrace schedules`.
// Out:      schedules of the catalog and of run time: shown, put, paused, triggered, made up for, deleted.
// Promises: a backfill says what it does before it does it, where it is asked to; nothing is changed that was not named.
import type { Command } from 'commander';
import type { Cli } from '../operating.ts';
import { addBackfill } from './backfill.ts';
import { addDelete } from './delete.ts';
import { addGet } from './get.ts';
import { addList } from './list.ts';
import { addNext } from './next.ts';
import { addPause, addResume } from './pause.ts';
import { addPut } from './put.ts';
import { addTrigger } from './trigger.ts';

export function addSchedules(program: Command, cli: Cli): void {
  const schedules = program
    .command('schedules')
    .description('show, put, pause and trigger recurring schedules');
  const all = [addList, addGet, addNext, addPut, addPause, addResume, addTrigger, addBackfill, addDelete];
  for (const add of all) add(schedules, cli);
}
