/** `Halden Stoneware Mug, sage green` → what it is, and which of its kind. */
export function nameParts(name: string): { readonly title: string; readonly variant: string } {
  const comma = name.lastIndexOf(', ');
  return comma < 0
    ? { title: name, variant: '' }
    : { title: name.slice(0, comma), variant: name.slice(comma + 2) };
}
