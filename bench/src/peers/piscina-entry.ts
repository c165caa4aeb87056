/** The worker of `piscina.ts`. */
export default function echo(message: unknown): unknown {
  return message;
}
