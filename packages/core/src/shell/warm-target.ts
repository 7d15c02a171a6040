import type { ByteChannel, ProcessRequest } from '../driver.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/** What warm shells need of the driver whose commands they run. */
export interface WarmTarget {
  /** A plain POSIX sh with the environment that commands start from; it leads a process group of its own. */
  openShell(signal: AbortSignal): Promise<ByteChannel>;
  readonly supervisor: Supervisor;
  /** Whether commands register themselves with the supervisor before they run; otherwise this client does it soon after. */
  readonly registers: boolean;
  /** The request with everything said that a shell opened earlier would not know; undefined where that cannot be said. */
  complete(request: ProcessRequest): ProcessRequest | undefined;
}
