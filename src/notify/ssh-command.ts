/** A command to run on another host. */
export type SshCommand = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth:
    | { readonly kind: 'password'; readonly password: string }
    | { readonly kind: 'key'; readonly privateKey: string; readonly passphrase: string };
  readonly command: string;
  /** What the command reads. */
  readonly stdin: string;
  /** Asked with `SHA256:…` before anything of the user is shown to the host. */
  isTrustedHostKey(fingerprint: string): Promise<boolean>;
};

/** Exit status with which a command asks to be run again later: EX_TEMPFAIL of sysexits.h. */
export const EXIT_RETRY = 75;
