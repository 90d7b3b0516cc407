/**
 * The page's own words: every sentence the player says is rendered by the server and only
 * filled in here. No text of any language stands in a script.
 */

/**
 * Return `say(key, facts)`: the sentence under `key` with `{names}` filled in.
 *
 * A sentence that counts has a second form under `key.one`; the page's language decides which
 * is meant. A missing key is a mistake and is shown as such.
 */
export function wordsOf(template, language) {
  const sentences = new Map(
    [...template.content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent.trim()]),
  );
  const plural = new Intl.PluralRules(language);
  return (key, facts = {}) => {
    const single = `${key}.one`;
    const isSingle = "n" in facts && sentences.has(single) && plural.select(facts.n) === "one";
    return fill(sentences.get(isSingle ? single : key) ?? `[${key}]`, facts);
  };
}

/** Put facts into a sentence's `{names}`. */
export function fill(sentence, facts) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}
