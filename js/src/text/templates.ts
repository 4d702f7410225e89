/** The templates of messages, from linreg_widget/messages; a bundle has a list of them in its place (pure). */

import CATALOGUE from "../../../linreg_widget/messages/en.json";

type Catalogue = typeof CATALOGUE;
/** What begins with an @ is a note to translators. */
type Named<S> = S extends keyof Catalogue
  ? `${S}.${Exclude<string & keyof Catalogue[S], `@${string}`>}`
  : never;
export type Message = Named<keyof Catalogue>;

/** Those of the page, in the order of en.json, in another language than English; "": not translated. */
let own: readonly string[] = [];
const NAMES = Object.entries(CATALOGUE).flatMap(([section, messages]) =>
  Object.keys(messages).flatMap((key) => (key.startsWith("@") ? [] : [`${section}.${key}`])),
);

/** Say the messages in another language from now on; of none, in English. */
export function speak(others: readonly string[]): void {
  own = others;
}

export function templateOf(message: Message): string {
  const translated = own[NAMES.indexOf(message)];
  if (translated) return translated;
  const [section = "", key = ""] = message.split(".");
  const template = (CATALOGUE as Record<string, Record<string, string>>)[section]?.[key];
  if (template === undefined) throw new Error(`There is no message ${message}.`);
  return template;
}
