import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { isLarge } from '../launcher/argument-size.ts';
import { sizeStatements } from '../launcher/preamble.ts';
import { argumentWords, findStatements } from '../launcher/program-statements.ts';
import { startStatements } from '../launcher/start-statements.ts';
import { LOG_SCRIPT } from './log-script.ts';

/** Where the files are on the target, and where its script may write. */
export interface LogPlaces {
  readonly input: string;
  readonly output: string;
  /** Its stdin is no file, but is fed to it (`sh run IN OUT input`). */
  readonly isFed?: boolean;
  /** Its output goes into files of `output`, so many bytes of each stream at most, and is read from there (`sh run IN OUT read`). Default: it is in the log. */
  readonly spoolBytes?: number;
}

/** What `LOG_SCRIPT` needs for one command, by file. Of the limits memory is not its to keep. */
export function logFiles(request: ProcessRequest, places: LogPlaces): Readonly<Record<string, Uint8Array>> {
  const isFed = places.isFed === true && (request.input?.length ?? 0) > 0;
  const files = {
    run: LOG_SCRIPT,
    settings: settings(request, { ...places, isFed }),
    start: startSource(request, { ...places, isFed }),
  };
  return {
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    ...(request.input?.length && !isFed ? { stdin: request.input } : {}),
  };
}

function settings(
  { nonce, marker, deadlineMs, killGraceMs, killSignal = 'SIGTERM', input }: ProcessRequest,
  { isFed, spoolBytes }: Pick<LogPlaces, 'isFed' | 'spoolBytes'>,
): string {
  const fed = isFed ? String(input?.length) : '';
  const timeout = deadlineMs === undefined ? '' : (Math.max(10, deadlineMs) / 1000).toFixed(2);
  return `nonce=${nonce} key=${quote(marker)} timeout=${timeout} grace=${killGraceMs} first=${killSignal.slice(3)} input=${fed} spool=${spoolBytes ?? ''}\n`;
}

function startSource(request: ProcessRequest, { input, output, isFed }: LogPlaces): string {
  const { memoryBytes: _itsContainers, ...limits } = request.limits;
  const large = isLarge(request);
  const stdin = isFed ? '"$__errand_input"' : request.input?.length ? quote(`${input}/stdin`) : '/dev/null';
  const statements = startStatements(
    { ...request, limits },
    {
      check: [`[ ! -s ${quote(`${output}/how`)} ] || __errand_refuse ended`],
      prepare: [
        ...(isFed ? [`read -r __errand_input <${quote(`${output}/fed`)} || __errand_refuse state`] : []),
        ...findStatements(request),
        ...(large ? sizeStatements(request) : []),
      ],
      register: [`echo "$$ $__errand_birth" >${quote(`${output}/main`)} || __errand_refuse state`],
      become: [
        `exec "$__errand_file" ${large ? '"$@"' : argumentWords(request)} <${stdin} >&4 2>&${request.mergeStderr ? 4 : 5} 3>&- 4>&- 5>&-`,
      ],
      oneStream: true,
    },
  );
  return `${statements.join('\n')}\n`;
}
