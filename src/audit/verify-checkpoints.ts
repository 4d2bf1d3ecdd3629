import type { ControlStore } from '../control/control-store.ts';
import { type Checkpoint, isSigned } from './checkpoint.ts';
import { auditHashAt } from './registry.ts';

export type CheckpointFault = { readonly logpointId: string; readonly length: number; readonly message: string };

/**
 * Holds the chains against signed words of former times: a chain that was cut or written anew fits itself, but not them.
 *
 * `publicKey`: of the data folder; null when it has none, and then the signature alone is checked.
 */
export async function verifyCheckpoints(
  store: Pick<ControlStore, 'read'>,
  checkpoints: readonly Checkpoint[],
  publicKey: string | null,
): Promise<CheckpointFault[]> {
  const faults: CheckpointFault[] = [];
  for (const checkpoint of checkpoints) {
    const { logpoint_identifier: logpointId, length } = checkpoint;
    const message = await faultOf(store, checkpoint, publicKey);
    if (message !== null) faults.push({ logpointId, length, message });
  }
  return faults;
}

async function faultOf(
  store: Pick<ControlStore, 'read'>,
  checkpoint: Checkpoint,
  publicKey: string | null,
): Promise<string | null> {
  const { logpoint_identifier: logpointId, length, head, at } = checkpoint;
  if (!isSigned(checkpoint)) return `the checkpoint of ${at} does not carry its signature`;
  if (publicKey !== null && checkpoint.public_key !== publicKey) {
    return `the checkpoint of ${at} was signed with the key ${checkpoint.public_key}, this folder's is ${publicKey}`;
  }
  const hash = await store.read(auditHashAt, { logpointId, seq: length });
  if (hash === null) return `the chain lacks event ${length}, which the checkpoint of ${at} names: its tail was cut`;
  return hash === head ? null : `event ${length} is not the one of the checkpoint of ${at}: the chain was written anew`;
}
