import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMENT_CHARS_MAX, checkComment } from '../incidents/comment-text.ts';
import type { InboundMail } from './inbound-mail.ts';
import { REPLY_MARKER, replyText, robotReason } from './read-reply.ts';

test.each([
  ['Looks bad.\n\nOn Mon, 3 Nov 2025 at 10:00, Tocsin <soc@example.org> wrote:\n> secret', 'Looks bad.'],
  ['Looks bad.\n\nOn Mon, 3 Nov 2025 at 10:00, Tocsin\n<soc@example.org> wrote:\n> secret', 'Looks bad.'],
  ['Schlecht.\n\nAm 03.11.2025 um 10:00 schrieb Tocsin:\n> geheim', 'Schlecht.'],
  ['One\nTwo\n-----Original Message-----\nFrom: x', 'One\nTwo'],
  ['One\n________________________________\nFrom: x\nSent: y', 'One'],
  ['One\n\nFrom: Tocsin <soc@example.org>\nSent: Monday', 'One'],
  [`One\n> ${REPLY_MARKER}\nquoted`, 'One'],
  [`One\n${REPLY_MARKER}\nTwo`, 'One'],
  ['One\n-- \nAlice, SOC', 'One'],
  ['> quoted\nmine\n> quoted', 'mine'],
  ['tab\tand \u0007bell', 'tab\tand  bell'],
  ['> only\n> quoted', ''],
  ['I am on it.\nOn the host wrote: nothing', 'I am on it.\nOn the host wrote: nothing'],
])('of %j stays what its sender wrote', (text, reply) => {
  expect(replyText(text)).toBe(reply);
});

test('whatever a mail holds becomes a text that a comment may hold, or nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.integer({ min: 1, max: 200 }), (part, times) => {
      const reply = replyText(part.repeat(times));
      expect(reply.length).toBeLessThan(COMMENT_CHARS_MAX);
      if (reply !== '') expect(checkComment(reply)).toBe(reply);
    }),
    { numRuns: 200 },
  );
});

test('a hostile mail of a megabyte is read in no time', () => {
  const startedAt = performance.now();
  for (const line of ['on ', 'a', '> ', 'On a wrote ', `${'x '.repeat(100)}\n`])
    replyText(line.repeat(400_000 / line.length));
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

const mail = (headers: Record<string, string>, from = ['alice@example.org']): InboundMail => ({
  messageId: 'm',
  from,
  recipients: [],
  headers: new Map(Object.entries(headers)),
  text: 'x',
  bytes: 1,
  problem: null,
});

test.each([
  [{ 'auto-submitted': 'auto-replied' }],
  [{ 'auto-submitted': 'auto-generated; x' }],
  [{ precedence: 'bulk' }],
  [{ 'x-autoreply': 'yes' }],
  [{ 'list-id': '<soc.example.org>' }],
  [{ 'return-path': '<>' }],
  [{ 'content-type': 'multipart/report; report-type=delivery-status' }],
])('a mail with %j was written by nobody', (headers) => {
  expect(robotReason(mail(headers))).not.toBeNull();
});

test('bounces are told by their sender, people by nothing', () => {
  expect(robotReason(mail({}, ['MAILER-DAEMON@example.org']))).not.toBeNull();
  expect(robotReason(mail({ 'auto-submitted': 'no', precedence: 'normal' }))).toBeNull();
  expect(robotReason(mail({}))).toBeNull();
});
