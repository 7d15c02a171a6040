import type { Ending, Frame } from './frame.ts';

type Fields = Readonly<Record<string, unknown>>;

const OUTCOMES = ['exited', 'signaled', 'timed-out', 'idle-timed-out', 'cancelled', 'out-of-memory', 'unknown'];

/** The frame that these fields are; undefined where they are none. */
export function toFrame(fields: Fields): Frame | undefined {
  const { type, data, cpuMs, repeated, ending } = fields;
  switch (type) {
    case 'started':
      return repeated === true ? { type, repeated } : { type };
    case 'stdout':
    case 'stderr':
      return typeof data === 'string' ? withBytes(type, data) : undefined;
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

/** Node passes over what is no base64, which would be bytes lost in silence: then there are fewer than the text stands for. */
function withBytes(type: 'stdout' | 'stderr', text: string): Frame | undefined {
  const data = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return data.length === (text.length / 4) * 3 - padding ? { type, data } : undefined;
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
