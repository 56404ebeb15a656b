// In:       schedule expressions of EventBridge Scheduler (cron, rate, at), IANA time zones, a span of time.
// Out:      the expression parsed, and the moments it fires at; or a typed error that says what to change.
// Promises: AWS's documented rules, daylight saving included; no clock is read, no timer set, and every search ends.
export { type Expression, parseExpression } from './expression.ts';
export { eachFiring, type FiringSpan, firings } from './firings.ts';
export { checkTimeZone } from './time-zone.ts';
