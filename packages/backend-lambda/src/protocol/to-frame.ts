import type { Ending, Frame } from './frame.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a line says; of output, how much of it follows. */
export type FrameHead = Exclude<Frame, { readonly data: Uint8Array }> | { readonly type: 'stdout' | 'stderr'; readonly bytes: number };

const OUTCOMES = ['exited', 'signaled', 'timed-out', 'idle-timed-out', 'cancelled', 'out-of-memory', 'unknown'];

/** The frame that these fields begin; undefined where they begin none. */
export function toFrame(fields: Fields): FrameHead | undefined {
  const { type, bytes, cpuMs, repeated, ending } = fields;
  switch (type) {
    case 'started':
      return repeated === true ? { type, repeated } : { type };
    case 'stdout':
    case 'stderr':
      return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? { type, bytes } : undefined;
    case 'usage':
      return typeof cpuMs === 'number' ? { type, cpuMs } : undefined;
    case 'heartbeat':
      return { type };
    case 'ended':
      return isEnding(ending) ? { type, ending } : undefined;
    default:
      return undefined;
  }
}

function isEnding(value: unknown): value is Ending {
  if (!isObject(value)) return false;
  const { refused, outcome, exitCode, signal, cause, reason, omitted } = value;
  if (isObject(refused))
    return typeof refused['code'] === 'string' && typeof refused['message'] === 'string' && isObject(refused['detail']);
  return (
    typeof outcome === 'string' &&
    OUTCOMES.includes(outcome) &&
    isOptional('number', exitCode) &&
    [signal, cause, reason].every((field) => isOptional('string', field)) &&
    (omitted === undefined || (isObject(omitted) && typeof omitted['stdout'] === 'number' && typeof omitted['stderr'] === 'number'))
  );
}

function isOptional(type: string, value: unknown): boolean {
  return value === undefined || typeof value === type;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
