import { cartsConformance } from './carts.conformance.ts';
import { checkoutConformance } from './checkout.conformance.ts';

cartsConformance('local');
checkoutConformance('local');
