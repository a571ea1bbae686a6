/** All that an iterable yields; `each` hears of it as it comes. */
export async function collect<Item>(
  items: AsyncIterable<Item>,
  each: (item: Item) => void = () => undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) {
    each(item);
    all.push(item);
  }
  return all;
}
