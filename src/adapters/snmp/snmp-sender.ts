import snmp from 'net-snmp';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import type { SendOutcome } from '../../notify/send-outcome.ts';
import type { Sender } from '../../notify/sender.ts';
import type { SnmpTrap } from '../../notify/snmp-trap.ts';
import { failedSend } from '../net/failed-send.ts';
import type { Resolve } from '../net/guarded-lookup.ts';
import { addressGuarded } from '../net/guarded-socket.ts';

export type SnmpSenderOptions = {
  readonly egress: EgressPolicy;
  readonly resolve?: Resolve;
};

/** snmpTrapAddress.0 of SNMP-COMMUNITY-MIB. */
const TRAP_ADDRESS_OID = '1.3.6.1.6.3.18.1.3.0';
/** Number of boots that every trap names; see `snmpEngineTime`. */
const ENGINE_BOOTS = 1;

/** Sends SNMPv2c and SNMPv3 traps over UDP. A trap is never confirmed: it counts as delivered once it is on its way. */
export function createSnmpSender(options: SnmpSenderOptions): Sender<SnmpTrap> {
  return {
    send: async (trap) => {
      const request = `SNMP${trap.version} trap ${trap.oid} to ${trap.host}:${trap.port}`;
      const secrets = trap.version === 'v2c' ? [trap.community] : [trap.authKey, trap.privKey];
      try {
        const { host, port } = trap;
        const { address, family } = await addressGuarded({ host, port, ...options });
        await sendTrap(trap, address, family === 6 ? 'udp6' : 'udp4');
        return delivered(request);
      } catch (error) {
        return failedSend(request, error, secrets);
      }
    },
  };
}

const delivered = (request: string): SendOutcome => ({
  kind: 'delivered',
  status: null,
  request,
  answer: '',
  error: null,
  retryAfterMs: null,
});

async function sendTrap(trap: SnmpTrap, address: string, transport: 'udp4' | 'udp6'): Promise<void> {
  const session = openSession(trap, address, transport);
  try {
    await new Promise<void>((resolve, reject) => {
      session.on('error', reject);
      session.trap(trap.oid, varbindsOf(trap), {}, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  } finally {
    session.close();
  }
}

function openSession(trap: SnmpTrap, address: string, transport: 'udp4' | 'udp6'): snmp.Session {
  if (trap.version === 'v2c') {
    return snmp.createSession(address, trap.community, {
      trapPort: trap.port,
      version: snmp.Version2c,
      transport,
    });
  }
  const session = snmp.createV3Session(address, userOf(trap), {
    trapPort: trap.port,
    transport,
    engineID: trap.engineId,
  });
  // The library stamps each trap with zero boots and zero time, which receivers take for a replay after 150 s.
  const { engineTime } = trap;
  const send = session.send.bind(session);
  session.send = (request, noWait) => {
    const parameters = request.message.msgSecurityParameters;
    if (parameters !== undefined) {
      parameters.msgAuthoritativeEngineBoots = ENGINE_BOOTS;
      parameters.msgAuthoritativeEngineTime = engineTime;
    }
    return send(request, noWait);
  };
  return session;
}

function userOf(trap: SnmpTrap & { readonly version: 'v3' }): snmp.User {
  const { user: name, authKey, privKey } = trap;
  if (authKey === '') return { name, level: snmp.SecurityLevel.noAuthNoPriv };
  const auth = { name, authProtocol: snmp.AuthProtocols[trap.authProtocol], authKey };
  if (privKey === '') return { ...auth, level: snmp.SecurityLevel.authNoPriv };
  return {
    ...auth,
    level: snmp.SecurityLevel.authPriv,
    privProtocol: snmp.PrivProtocols[trap.privProtocol],
    privKey,
  };
}

function varbindsOf(trap: SnmpTrap): snmp.Varbind[] {
  const varbinds: snmp.Varbind[] = trap.varbinds.map(({ oid, value }) => ({
    oid,
    type: snmp.ObjectType.OctetString,
    value: Buffer.from(value),
  }));
  if (trap.agent !== '') {
    varbinds.push({ oid: TRAP_ADDRESS_OID, type: snmp.ObjectType.IpAddress, value: trap.agent });
  }
  return varbinds;
}
