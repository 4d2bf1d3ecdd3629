import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEmailAddress } from './email-message.ts';
import { isReplyToken, readReplyToken, replyAddress } from './reply-address.ts';

const key = new Uint8Array(32).fill(9);
const hex = (length: number) =>
  fc.uint8Array({ minLength: length / 2, maxLength: length / 2 }).map((bytes) => Buffer.from(bytes).toString('hex'));

test('an address says its incident in any case, and only the key of the server and its logpoint make it', () => {
  fc.assert(
    fc.property(hex(24), hex(32), hex(32), (incidentId, logpointId, otherId) => {
      const address = replyAddress('security-operations-cent@example.org', key, logpointId, incidentId);
      expect(isEmailAddress(address)).toBe(true);
      for (const written of [address, address.toUpperCase()]) {
        const token = readReplyToken(written);
        expect(token?.incidentId).toBe(incidentId);
        if (token === null) continue;
        expect(isReplyToken(token, key, logpointId)).toBe(true);
        expect(isReplyToken(token, new Uint8Array(32), logpointId)).toBe(false);
        if (otherId !== logpointId) expect(isReplyToken(token, key, otherId)).toBe(false);
      }
    }),
  );
});

test.each(['soc@example.org', 'soc+@example.org', 'soc+abc@example.org', `soc+${'1'.repeat(39)}@example.org`])(
  '%s says no incident',
  (address) => {
    expect(readReplyToken(address)).toBeNull();
  },
);
