import { LEASE_MS } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { Contact } from '../src/contact.ts';

describe('contact with the store', () => {
  it('counts a renewal from when it was sent, also when answers overtake each other', () => {
    let now = 0;
    const contact = new Contact(() => now);
    expect(contact.leaseInDoubt).toBe(true);
    now = 2_000;
    contact.renewed(1_000);
    contact.renewed(0);
    now = 1_000 + LEASE_MS;
    expect(contact.leaseInDoubt).toBe(false);
    now += 1;
    expect(contact.leaseInDoubt).toBe(true);
  });

  it('may judge after one full lease of reads without a gap or a failure', () => {
    let now = 0;
    const contact = new Contact(() => now);
    const readFor = (ms: number): void => {
      for (const until = now + ms; now <= until; now += 500) contact.read();
    };
    readFor(LEASE_MS - 500);
    expect(contact.mayJudge).toBe(false);
    readFor(500);
    expect(contact.mayJudge).toBe(true);
    now += 5_000;
    readFor(LEASE_MS - 500);
    expect(contact.mayJudge).toBe(false);
    readFor(500);
    expect(contact.mayJudge).toBe(true);
    contact.failed();
    expect(contact.mayJudge).toBe(false);
  });

  it('tells once when the store is back', () => {
    let back = 0;
    const contact = new Contact(
      () => 0,
      () => {
        back += 1;
      },
    );
    contact.renewed(0);
    contact.failed();
    contact.failed();
    contact.renewed(0);
    contact.renewed(0);
    expect(back).toBe(1);
  });
});
