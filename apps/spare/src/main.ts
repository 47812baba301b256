import 'reflect-metadata';
import { bootSpare } from '@atlas/platform-host';
import { SERVICES } from './services.ts';

bootSpare(SERVICES);
