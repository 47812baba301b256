import { Controller, Inject, Sse, type MessageEvent } from '@nestjs/common';
import { EVENTS_PING_MS } from '@atlas/control-api';
import { concat, defer, interval, map, merge, Observable, of, takeUntil } from 'rxjs';
import type { Control } from '../engine/control.ts';
import type { Feed } from '../engine/feed.ts';
import { CONTROL, FEED } from './tokens.ts';

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
    const pings = interval(EVENTS_PING_MS).pipe(map(() => ({ type: 'ping', data: '{}' })));
    const end = new Observable<void>((subscriber) => this.#feed.onHangUp(() => subscriber.next()));
    return merge(concat(status, new Observable<never>()), news, pings).pipe(takeUntil(end));
  }
}
