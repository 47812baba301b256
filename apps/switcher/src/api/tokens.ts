export const CONTROL = Symbol('switcher.control');
export const FEED = Symbol('switcher.feed');
