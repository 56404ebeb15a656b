import { bindHandlers } from './bind-handlers.ts';

/** Built once a process, when the worker's entry loads: a function that lacks a variable says so at once. */
export const handlers = bindHandlers(process.env);
