/** Every place where a text stands in another, also where two of them share something. At most `most` of them. */
export function placesOf(needle: string, text: string, most: number): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(needle); at !== -1 && places.length < most; at = text.indexOf(needle, at + 1)) {
    places.push(at);
  }
  return places;
}

/** The number of the line in which each place is, the first being 1. The places go upwards. */
export function linesOf(text: string, places: readonly number[]): number[] {
  let [line, from] = [1, 0];
  return places.map((place) => {
    for (let at = text.indexOf("\n", from); at !== -1 && at < place; at = text.indexOf("\n", from)) {
      line++;
      from = at + 1;
    }
    return line;
  });
}
