import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import type { Limits } from '../options.ts';
import { environmentLines } from './environment-lines.ts';

/** What a start in sh is made of, besides its request. */
export interface StartParts {
  /** What `Supervisor.ready` resolved to; without it the start is not registered. */
  readonly inbox?: string;
  /** Statements once cwd and environment are there: what finds the program, and may still refuse. */
  readonly prepare: readonly string[];
  /** Statements that become the command. */
  readonly become: readonly string[];
}

/**
 * Sh source, in statements, that goes where a command is to run, makes its environment, prepares it, sets its limits,
 * registers it with the supervisor, says so in frames, and becomes the command.
 *
 * Frames are lines: `NONCE started PID STARTTIME` or `NONCE refused WORD` on stdout (see `refusal`), and `NONCE begin` on
 * stderr.
 */
export function startStatements(request: ProcessRequest, { inbox, prepare, become }: StartParts): string[] {
  return [
    refuseFunction(request),
    ...(request.cwd === undefined ? [] : [cwdLine(request.cwd)]),
    IDENTITY,
    ...(inbox === undefined ? [] : [inboxLine(inbox)]),
    ...environmentLines(request),
    ...prepare,
    ...limitLines(request.limits),
    frameLine(`${request.nonce} begin`, ' >&2'),
    ...(inbox === undefined ? [] : [registerLine(request, inbox)]),
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

/** The inbox of a supervisor that died may be somebody else's file by now. */
function inboxLine(inbox: string): string {
  const { path, birth, pid } = parseInbox(inbox);
  if (pid === undefined) return `[ -p ${quote(path)} ] || __errand_refuse supervisor`;
  return `{ read -r __errand_line </proc/${pid}/stat && set -- \${__errand_line##*) } && shift 19 && [ "$1" = ${birth} ]; } 2>/dev/null || __errand_refuse supervisor`;
}

function registerLine({ marker, deadlineMs, killGraceMs }: ProcessRequest, inbox: string): string {
  const key = marker.slice(marker.lastIndexOf('.') + 1);
  const registration = `printf 'R %s %s %s %s %s\\n' ${quote(key)} "$$" "$__errand_birth" ${deadlineMs ?? '-'} ${killGraceMs}`;
  return `{ ${registration} >${quote(parseInbox(inbox).path)}; } 2>/dev/null || __errand_refuse supervisor`;
}

interface Inbox {
  readonly birth: string;
  readonly path: string;
  /** Absent where the target has no /proc and the inbox is a FIFO. */
  readonly pid: string | undefined;
}

function parseInbox(inbox: string): Inbox {
  const [, birth = '0', path = ''] = /^(\d+) (.*)$/.exec(inbox) ?? [];
  return { birth, path, pid: /^\/proc\/(\d+)\/fd\/\d$/.exec(path)?.[1] };
}

/** Set late: few limits leave the launcher itself room to work. */
function limitLines({ memoryBytes, cpuMs, processes, fileBytes, openFiles }: Limits): string[] {
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
