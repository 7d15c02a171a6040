import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import type { Limits } from '../options.ts';
import { environmentLines } from './environment-lines.ts';

/** What a start in sh is made of, besides its request. */
export interface StartParts {
  /** Statements that look whether whoever is to be told is there. */
  readonly check: readonly string[];
  /** Statements once cwd and environment are there: what finds the program, and may still refuse. */
  readonly prepare: readonly string[];
  /** Statements that tell of $$, which began no later than $__errand_birth, to whoever guards the command. */
  readonly register: readonly string[];
  /** Statements that become the command. */
  readonly become: readonly string[];
  /** Where a moment at which $$ runs does as $__errand_birth: /proc/uptime tells the time that start times are counted in. Default: its start time. */
  readonly hasUptime?: boolean;
  /** stdout and stderr are one, as in a terminal: then one frame is enough. */
  readonly oneStream?: boolean;
}

/**
 * Sh source, in statements, that goes where a command is to run, makes its environment, prepares it, sets its limits,
 * tells whoever guards it, says so in frames, and becomes the command.
 *
 * Frames are lines: `NONCE started PID STARTTIME` or `NONCE refused WORD` on stdout (see `refusal`), and `NONCE begin` on
 * stderr.
 */
export function startStatements(request: ProcessRequest, parts: StartParts): string[] {
  const { check, prepare, register, become, hasUptime = false, oneStream = false } = parts;
  return [
    refuseFunction(request),
    ...(request.cwd === undefined ? [] : [cwdLine(request.cwd)]),
    hasUptime ? MOMENT : IDENTITY,
    ...check,
    ...environmentLines(request),
    ...prepare,
    ...limitLines(request.limits),
    ...(oneStream ? [] : [frameLine(`${request.nonce} begin`, ' >&2')]),
    ...register,
    frameLine(`${request.nonce} started $$ $__errand_birth`),
    ...become,
  ];
}

function refuseFunction({ nonce }: ProcessRequest): string {
  return `__errand_refuse() { printf '${nonce} refused %s\\n' "$1"; exit 125; }`;
}

function cwdLine(cwd: string): string {
  // A path that begins with a dot is looked up in no CDPATH, and is no option.
  const path = quote(cwd.startsWith('/') ? cwd : `./${cwd}`);
  return `cd -P ${path} 2>/dev/null || { [ -d ${path} ] || __errand_refuse cwd; __errand_refuse cwd-denied; }`;
}

/** $1 … are the fields of stat after the name, which may hold anything: group is the third, start time the twentieth. */
const IDENTITY =
  'if read -r __errand_line </proc/$$/stat; then set -- ${__errand_line##*) }; [ "$3" = "$$" ] || __errand_refuse group; ' +
  'shift 19; __errand_birth=$1; else __errand_birth=0; fi 2>/dev/null';

/**
 * The same in a tenth of the bytes, which shells read one by one. Nobody but $$ can have made a group of that number. A moment tells it from
 * whoever gets its pid later as well as its start time does: that one begins after it.
 */
const MOMENT =
  'kill -0 "-$$" 2>/dev/null || __errand_refuse group; ' +
  'if read -r __errand_line __errand_birth </proc/uptime; then __errand_birth=${__errand_line%.*}${__errand_line#*.}; else __errand_birth=0; fi 2>/dev/null';

/** Set late: few limits leave the launcher itself room to work. */
export function limitLines({ memoryBytes, cpuMs, processes, fileBytes, openFiles }: Limits): string[] {
  const lines: string[] = [];
  const set = (name: keyof Limits, ...flags: readonly string[]): void => {
    lines.push(`${flags.map((flag) => `ulimit ${flag} 2>/dev/null`).join(' || ')} || __errand_refuse limits.${name}`);
  };
  if (memoryBytes !== undefined) set('memoryBytes', `-v ${Math.floor(memoryBytes / 1024)}`);
  if (cpuMs !== undefined) set('cpuMs', `-t ${Math.ceil(cpuMs / 1000)}`);
  // dash has -p where bash and busybox have -u.
  if (processes !== undefined) set('processes', `-u ${processes}`, `-p ${processes}`);
  // sh counts in blocks of 512 bytes.
  if (fileBytes !== undefined) set('fileBytes', `-f ${Math.ceil(fileBytes / 512)}`);
  if (openFiles !== undefined) set('openFiles', `-n ${openFiles}`);
  return lines;
}

/** A launcher that nobody hears any more neither registers nor starts. */
function frameLine(words: string, where = ''): string {
  return `printf '%s\\n' "${words}"${where} || exit 125`;
}
