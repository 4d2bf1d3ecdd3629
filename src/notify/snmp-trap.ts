import { createHash } from 'node:crypto';
import type { SnmpSettings } from './channel-settings.ts';

export type SnmpVarbind = { readonly oid: string; readonly value: string };

type Common = {
  readonly host: string;
  readonly port: number;
  /** The value of snmpTrapOID.0. */
  readonly oid: string;
  readonly varbinds: readonly SnmpVarbind[];
  /** IPv4 address of snmpTrapAddress.0; '' = none. */
  readonly agent: string;
};

export type SnmpTrap = Common &
  (
    | { readonly version: 'v2c'; readonly community: string }
    | {
        readonly version: 'v3';
        readonly user: string;
        readonly authProtocol: SnmpSettings['authProtocol'];
        /** '' = no authentication. */
        readonly authKey: string;
        readonly privProtocol: SnmpSettings['privProtocol'];
        /** '' = no encryption. */
        readonly privKey: string;
        /** Hex digits. */
        readonly engineId: string;
        /** snmpEngineTime, seconds. */
        readonly engineTime: number;
      }
  );

/** Private enterprise number for examples (RFC 5612), with the bit that says RFC 3411 and the format "octets". */
const ENGINE_PREFIX = '80007ed905';
const ENGINE_DIGITS = 24;

/**
 * The engine id of a logpoint's traps: receivers of SNMPv3 are told it when they create the user. Constant, so it is
 * derived from the logpoint's id.
 */
export const snmpEngineId = (logpointId: string): string =>
  ENGINE_PREFIX + createHash('sha256').update(`tocsin snmp ${logpointId}`).digest('hex').slice(0, ENGINE_DIGITS);

/** 2026-01-01T00:00:00Z */
const ENGINE_EPOCH_MS = 1_767_225_600_000;

/**
 * Receivers drop what is more than 150 s older than the newest trap they have seen of an engine. A time that grows with
 * the clock, with a number of boots that never changes, holds over restarts without being stored.
 */
export const snmpEngineTime = (nowMs: number): number => Math.max(1, Math.floor((nowMs - ENGINE_EPOCH_MS) / 1000));
