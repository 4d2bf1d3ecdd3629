import type { Decoding } from './decoding.ts';
import { SIGNATURES } from './event-labels.ts';

/** What sshd, sudo and PAM write, as a table: pattern, label, action; groups of the pattern are the fields. */
type Pattern = { readonly pattern: RegExp; readonly label: string; readonly action: string };

const ADDRESS = String.raw`(?<source_address>[0-9A-Fa-f:.%A-Za-z-]{2,255})`;
const PORT = String.raw`(?: port (?<source_port>\d{1,5}))?`;
const USER = String.raw`(?<user>.{0,256}?)`;

const SSHD: readonly Pattern[] = [
  {
    pattern: new RegExp(String.raw`^Accepted (?<method>\S+) for ${USER} from ${ADDRESS}${PORT}(?: ssh2)?(?::|$)`),
    label: 'User Login Successful',
    action: 'accepted',
  },
  {
    pattern: new RegExp(
      String.raw`^Failed (?<method>\S+) for (?:invalid user |illegal user )?${USER} from ${ADDRESS}${PORT}(?: ssh2)?(?::|$)`,
    ),
    label: 'User Login Fail',
    action: 'failed',
  },
  {
    pattern: new RegExp(String.raw`^(?:Invalid|Illegal) user ${USER} from ${ADDRESS}${PORT}$`),
    label: 'User Login Fail Invalid',
    action: 'failed',
  },
  {
    pattern: new RegExp(String.raw`^User ${USER} from ${ADDRESS} not allowed because (?<reason>.{1,200})$`),
    label: 'User Login Fail Deny',
    action: 'denied',
  },
  {
    pattern: new RegExp(
      String.raw`^error: maximum authentication attempts exceeded for (?:invalid user )?${USER} from ${ADDRESS}${PORT}`,
    ),
    label: 'User Login Fail Limit',
    action: 'failed',
  },
  {
    pattern: new RegExp(
      String.raw`^Disconnected from (?:(?:invalid |authenticating )?user )?(?:${USER} )?${ADDRESS} port (?<source_port>\d{1,5})`,
    ),
    label: 'Connection Close',
    action: 'disconnected',
  },
  {
    pattern: new RegExp(
      String.raw`^Connection (?:closed|reset) by (?:(?:invalid |authenticating )?user (?<user>\S{0,256}) )?${ADDRESS}${PORT}`,
    ),
    label: 'Connection Close',
    action: 'closed',
  },
];

const PAM: readonly Pattern[] = [
  {
    pattern: /^pam_unix\((?<service>[\w.-]+):session\): session opened for user (?<user>[^\s(]+)/,
    label: 'User Session Open',
    action: 'opened',
  },
  {
    pattern: /^pam_unix\((?<service>[\w.-]+):session\): session closed for user (?<user>\S+)/,
    label: 'User Session Close',
    action: 'closed',
  },
  {
    pattern:
      /^pam_unix\((?<service>[\w.-]+):auth\): authentication failure;.{0,512}? ruser=(?<caller_user>\S*) rhost=(?<source_address>\S*)(?: +user=(?<user>\S+))?/,
    label: 'User Authentication Fail',
    action: 'failed',
  },
];

const SUDO: readonly Pattern[] = [
  {
    pattern:
      /^ *(?<user>\S+) : (?<reason>command not allowed|user NOT in sudoers|user NOT authorized on host) ; (?:TTY=(?<tty>\S+) ; )?PWD=(?<path>.{0,1024}?) ; USER=(?<target_user>\S+) ; COMMAND=(?<command>.*)$/s,
    label: 'User Privilege Execute Deny',
    action: 'denied',
  },
  {
    pattern:
      /^ *(?<user>\S+) : (?<reason>\d+ incorrect password attempts?) ; (?:TTY=(?<tty>\S+) ; )?PWD=(?<path>.{0,1024}?) ; USER=(?<target_user>\S+) ; COMMAND=(?<command>.*)$/s,
    label: 'User Authentication Fail',
    action: 'failed',
  },
  {
    pattern:
      /^ *(?<user>\S+) : (?:TTY=(?<tty>\S+) ; )?PWD=(?<path>.{0,1024}?) ; USER=(?<target_user>\S+) ; (?:GROUP=(?<group>\S+) ; )?(?:ENV=.{0,2048}? ; )?COMMAND=(?<command>.*)$/s,
    label: 'User Privilege Execute',
    action: 'executed',
  },
];

const BY_PROGRAM: ReadonlyMap<string, { readonly patterns: readonly Pattern[]; readonly signature: string }> = new Map([
  ['sshd', { patterns: SSHD, signature: SIGNATURES.sshd }],
  ['sshd-session', { patterns: SSHD, signature: SIGNATURES.sshd }],
  ['sudo', { patterns: SUDO, signature: SIGNATURES.sudo }],
]);

/** Patterns look at this much of a message: what they name stands at its start. */
const LOOKED_AT_MAX = 8_192;

/** Adds the taxonomy fields of a message that sshd, sudo or PAM wrote. */
export function decodeProgramMessage(decoding: Decoding, program: string, message: string): void {
  const looked = message.length > LOOKED_AT_MAX ? message.slice(0, LOOKED_AT_MAX) : message;
  const known = BY_PROGRAM.get(program);
  if (known !== undefined) {
    decoding.event.put('norm_id', 'Unix');
    if (putFirst(decoding, known.patterns, looked, known.signature)) return;
  }
  if (looked.startsWith('pam_unix(') && putFirst(decoding, PAM, looked, SIGNATURES.pam)) {
    decoding.event.put('norm_id', 'Unix');
  }
}

function putFirst(decoding: Decoding, patterns: readonly Pattern[], message: string, signature: string): boolean {
  for (const { pattern, label, action } of patterns) {
    const match = pattern.exec(message);
    if (match === null) continue;
    for (const [name, value] of Object.entries(match.groups ?? {})) {
      if (value !== undefined && value !== '') decoding.event.put(name, value);
    }
    decoding.event.put('label', label);
    decoding.event.put('action', action);
    decoding.event.put('sig_id', signature);
    return true;
  }
  return false;
}
