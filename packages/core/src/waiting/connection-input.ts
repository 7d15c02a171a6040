import { Writable } from 'node:stream';

/** The connection that it goes over. */
export interface ConnectionInputParts {
  /** Whether nobody takes it any more. */
  isOver(): boolean;
  write(bytes: Buffer, done: (fault?: Error | null) => void): void;
  /** Called once. */
  end(): void;
}

/** A command's stdin where it goes over a connection: to end it ends the process's input, and leaves its output alone. */
export function connectionInput({ isOver, write, end }: ConnectionInputParts): Writable {
  let isEnded = false;
  const endOnce = (): void => {
    if (!isOver() && !isEnded) end();
    isEnded = true;
  };
  const input = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      if (isOver()) done(new Error('the command has ended'));
      else write(bytes, done);
    },
    final: (done) => {
      endOnce();
      done();
    },
    destroy: (fault, done) => {
      endOnce();
      done(fault);
    },
  });
  return input.on('error', () => {});
}
