import { lambdaExecutor } from '@errand/backend-lambda';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Transfer } from '../harness/throughput.ts';
import { BareLambda } from '../subjects/bare-lambda.ts';

const MIB = 2 ** 20;
const BYTES = 100 * MIB;

/** What to move, and through whom. */
export interface LambdaMove {
  readonly subject: 'bare streaming function' | 'errand';
  readonly endpoint: string;
}

/** Moves 100 MiB out of a function; called in a process of its own. */
export async function moveFromLambda({ subject, endpoint }: LambdaMove): Promise<Transfer> {
  const bare = new BareLambda(endpoint);
  const executor = lambdaExecutor({
    functionName: 'errand',
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  const moveBare = (bytes: number): Promise<number> => bare.invoke('streaming', { bytes });
  const move = async (bytes: number): Promise<number> => {
    if (subject !== 'errand') return moveBare(bytes);
    return (await executor.exec(['dd', 'if=/dev/zero', 'bs=65536', `count=${bytes / 65_536}`])).stdout.totalBytes;
  };
  await moveBare(64 * MIB);
  await move(MIB);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    await move(32 * MIB);
    const start = performance.now();
    const moved = await move(BYTES);
    seconds = (performance.now() - start) / 1000;
    if (moved !== BYTES) throw new Error(`${subject}: ${moved} bytes of ${BYTES}`);
  });
  await executor.close();
  bare.close();
  return { mibPerSecond: BYTES / MIB / seconds, rssMib };
}
