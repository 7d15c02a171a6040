/** What was wrong with a stream of frames. `cut`: it ended without a final record. */
export type ProtocolFaultKind = 'cut' | 'gap' | 'garbage' | 'version';

/** A stream that is not what a handler of this version writes. What came before it holds. */
export class ProtocolFault extends Error {
  readonly kind: ProtocolFaultKind;

  constructor(kind: ProtocolFaultKind, message: string) {
    super(message);
    this.name = 'ProtocolFault';
    this.kind = kind;
  }
}
