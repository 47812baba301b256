/** `tight`: the same handlers as actions of one Moleculer node, called by its broker; nothing optional is on. */
import { ServiceBroker } from 'moleculer';
import { serveParty } from '../serve-party.ts';
import {
  handlers,
  nanosecondsPerCall,
  servePages,
  type Page,
  type PageInput,
  type PageOutput,
  type TightQuestion,
} from './tight-work.ts';

const broker = new ServiceBroker({ logger: false, metrics: false, tracing: false });
broker.createService({
  name: 'page',
  actions: Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (context: { params: PageInput }) => handler(context.params, context),
    ]),
  ),
});
await broker.start();

const call = (action: string) => (input: PageInput) => broker.call<PageOutput, PageInput>(action, input);
const page: Page<undefined> = {
  getProduct: call('page.getProduct'),
  getCart: call('page.getCart'),
  getOrder: call('page.getOrder'),
  getShipment: call('page.getShipment'),
};

serveParty({
  measure: ({ forMs }: TightQuestion) => nanosecondsPerCall(forMs, () => servePages(page, undefined, 250)),
});
