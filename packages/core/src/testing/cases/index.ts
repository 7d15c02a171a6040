import type { Concern } from '../case.ts';
import { atMostOnce } from './at-most-once.ts';
import { attached } from './attached.ts';
import { badInput } from './bad-input.ts';
import { bytes } from './bytes.ts';
import { cancelling } from './cancelling.ts';
import { closing } from './closing.ts';
import { deadlines } from './deadlines.ts';
import { detached } from './detached.ts';
import { environment } from './environment.ts';
import { exits } from './exits.ts';
import { files } from './files.ts';
import { foundAgain } from './found-again.ts';
import { isolation } from './isolation.ts';
import { killing } from './killing.ts';
import { leftovers } from './leftovers.ts';
import { limits } from './limits.ts';
import { many } from './many.ts';
import { memory } from './memory.ts';
import { merged } from './merged.ts';
import { missing } from './missing.ts';
import { observing } from './observing.ts';
import { omission } from './omission.ts';
import { onOutput } from './on-output.ts';
import { secrets } from './secrets.ts';
import { sessionEnds } from './session-ends.ts';
import { sessionInput } from './session-input.ts';
import { sessionState } from './session-state.ts';
import { shells } from './shells.ts';
import { stdin } from './stdin.ts';
import { streams } from './streams.ts';
import { terminalEnds } from './terminal-ends.ts';
import { terminals } from './terminals.ts';
import { trees } from './trees.ts';
import { unsupported } from './unsupported.ts';
import { users } from './users.ts';
import { words } from './words.ts';

/** Everything that the kit looks at, in the order in which it does: the plain things first. */
export const CONCERNS: readonly Concern[] = [
  exits,
  bytes,
  omission,
  merged,
  words,
  environment,
  stdin,
  users,
  shells,
  terminals,
  terminalEnds,
  missing,
  badInput,
  unsupported,
  files,
  isolation,
  secrets,
  deadlines,
  cancelling,
  killing,
  leftovers,
  trees,
  atMostOnce,
  detached,
  attached,
  foundAgain,
  sessionState,
  sessionInput,
  sessionEnds,
  streams,
  onOutput,
  observing,
  limits,
  memory,
  many,
  closing,
];
