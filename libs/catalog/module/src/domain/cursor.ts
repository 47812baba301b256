/** A place in the catalogue's fixed order, as a client carries it: opaque, safe in a URL. */
const PLACE = /^after:(0|[1-9]\d{0,8})$/;

/** The cursor that goes on after `position`. */
export const cursorAfter = (position: number): string =>
  Buffer.from(`after:${position}`).toString('base64url');

/** The position to go on after; undefined when this service never made such a cursor. */
export function positionOf(cursor: string): number | undefined {
  const found = PLACE.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const position = Number(found?.[1]);
  return found && cursorAfter(position) === cursor ? position : undefined;
}
