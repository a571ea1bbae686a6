/** Why the web is not asked for something, for the model. */
export class NotAllowed extends Error {
  override readonly name = "NotAllowed";
}
