/** The templates of messages, from linreg_widget/messages; a bundle has a list of them in its place (pure). */

import CATALOGUE from "../../../linreg_widget/messages/en.json";

type Catalogue = typeof CATALOGUE;
/** What begins with an @ is a note to translators. */
type Named<S> = S extends keyof Catalogue
  ? `${S}.${Exclude<string & keyof Catalogue[S], `@${string}`>}`
  : never;
export type Message = Named<keyof Catalogue>;

export function templateOf(message: Message): string {
  const [section = "", key = ""] = message.split(".");
  const template = (CATALOGUE as Record<string, Record<string, string>>)[section]?.[key];
  if (template === undefined) throw new Error(`There is no message ${message}.`);
  return template;
}
