import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import { redact, type SendOutcome } from '../../notify/send-outcome.ts';
import type { Sender } from '../../notify/sender.ts';
import { EXIT_RETRY, type SshCommand } from '../../notify/ssh-command.ts';
import { failedSend } from '../net/failed-send.ts';
import type { Resolve } from '../net/guarded-lookup.ts';
import { connectGuarded } from '../net/guarded-socket.ts';

export type SshSenderOptions = {
  readonly egress: EgressPolicy;
  readonly connectTimeoutMs?: number;
  /** From the connection to the end of the command. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
};

const CONNECT_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 30_000;
/** Output of a command that is kept; the rest is read and thrown away. */
const OUTPUT_BYTES_MAX = 16 * 1024;

/** Runs one command on another host, once the host has shown a key that is trusted. */
export function createSshSender(options: SshSenderOptions): Sender<SshCommand> {
  return {
    send: async (command, signal) => {
      const { host, port, user } = command;
      const request = `SSH ${user}@${host}:${port}`;
      const secrets = secretsOf(command);
      try {
        const socket = await connectGuarded(
          { host, port, egress: options.egress, resolve: options.resolve },
          options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
          signal,
        );
        const ended = await runCommand(socket, command, options.timeoutMs ?? TIMEOUT_MS, signal);
        return outcomeOf(ended, request, secrets);
      } catch (error) {
        return failedSend(request, error, secrets);
      }
    },
  };
}

const secretsOf = ({ auth }: SshCommand): string[] =>
  auth.kind === 'password' ? [auth.password] : [auth.privateKey, auth.passphrase];

type Ended = { readonly exit: number | null; readonly killedBy: string; readonly output: string };

/** @throws Error about the connection, the login, a host key that is not trusted, or a command that takes too long */
function runCommand(socket: Socket, command: SshCommand, timeoutMs: number, signal: AbortSignal): Promise<Ended> {
  const client = new ssh2.Client();
  let untrusted = '';
  return new Promise<Ended>((resolve, reject) => {
    const fail = (error: Error): void => {
      const shown = untrusted === '' ? error : new Error(untrusted);
      reject(shown);
    };
    const stop = (): void => fail(new Error('broken off'));
    const timer = setTimeout(() => fail(new Error(`command did not end within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    client.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      fail(new Error('connection closed before the command ended'));
    });
    client.on('error', fail);
    client.on('ready', () => {
      client.exec(command.command, (error, channel) => {
        if (error) fail(error);
        else collect(channel, command.stdin, resolve);
      });
    });
    const verify = async (key: Buffer): Promise<boolean> => {
      const fingerprint = fingerprintOf(key);
      if (await command.isTrustedHostKey(fingerprint)) return true;
      untrusted = `host key ${fingerprint} is not the pinned one: nothing was sent`;
      return false;
    };
    client.connect({
      sock: socket,
      username: command.user,
      ...(command.auth.kind === 'password'
        ? { password: command.auth.password }
        : {
            privateKey: command.auth.privateKey,
            ...(command.auth.passphrase === '' ? {} : { passphrase: command.auth.passphrase }),
          }),
      readyTimeout: timeoutMs,
      hostVerifier: (key: Buffer, answer: (isTrusted: boolean) => void) => {
        verify(key).then(answer, (error: unknown) => {
          untrusted = `host key could not be checked: ${error instanceof Error ? error.message : String(error)}`;
          answer(false);
        });
      },
    });
  }).finally(() => {
    client.destroy();
    socket.destroy();
  });
}

function collect(channel: ssh2.ClientChannel, stdin: string, resolve: (ended: Ended) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let exit: number | null = null;
  let killedBy = '';
  const keep = (chunk: Buffer): void => {
    if (bytes < OUTPUT_BYTES_MAX) chunks.push(chunk);
    bytes += chunk.length;
  };
  channel.on('data', keep);
  channel.stderr.on('data', keep);
  channel.on('exit', (code: number | null, signalName?: string) => {
    exit = code;
    killedBy = signalName ?? '';
  });
  // A command that does not read what it is given is no failure.
  channel.on('error', () => undefined);
  channel.on('close', () => resolve({ exit, killedBy, output: Buffer.concat(chunks).toString('utf8') }));
  channel.end(stdin);
}

/** As `ssh-keygen -l` shows it. */
const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

function outcomeOf({ exit, killedBy, output }: Ended, request: string, secrets: readonly string[]): SendOutcome {
  const ended = killedBy === '' ? `command ended with ${exit ?? 'no status'}` : `command was killed by ${killedBy}`;
  const kind = exit === 0 ? 'delivered' : exit === EXIT_RETRY || exit === null ? 'retry' : 'dead';
  return {
    kind,
    status: exit,
    request,
    answer: redact(output, secrets),
    error: kind === 'delivered' ? null : ended,
    retryAfterMs: null,
  };
}
