import { Controller, Inject, Sse, type MessageEvent } from '@nestjs/common';
import { concat, defer, interval, map, merge, Observable, of } from 'rxjs';
import type { Control } from '../engine/control.ts';
import type { Feed } from '../engine/feed.ts';
import { CONTROL, FEED } from './tokens.ts';

/** Keeps proxies and clients from taking a quiet stream for a dead one, ms. */
const PING_EVERY_MS = 15_000;

@Controller('v1')
export class EventsController {
  readonly #feed: Feed;
  readonly #control: Control;

  constructor(@Inject(FEED) feed: Feed, @Inject(CONTROL) control: Control) {
    this.#feed = feed;
    this.#control = control;
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    const news = new Observable<MessageEvent>((subscriber) =>
      this.#feed.listen(({ event, data }) => subscriber.next({ type: event, data })),
    );
    const status = defer(() => of({ type: 'status', data: this.#control.status() }));
    const pings = interval(PING_EVERY_MS).pipe(map(() => ({ type: 'ping', data: '{}' })));
    return merge(concat(status, new Observable<never>()), news, pings);
  }
}
