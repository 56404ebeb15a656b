// In:       what the other parts have to say about a job or about themselves.
// Out:      structured log lines; later metrics and traces.
// Promises: every line about a job carries its id, type, attempt, tenant and correlation id; logging never throws.
export { LOG_LINES } from './log-lines.ts';
export { createLogger, type JobLogger, type LogFields, type LoggerFactory } from './logger.ts';
