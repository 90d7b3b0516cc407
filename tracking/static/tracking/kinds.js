/**
 * What a learner calls a device: a phone or a computer.
 *
 * Knows the names browsers and our own labels use; a word for people, nothing is decided by it.
 */

/** Return phone, computer or device, from a User-Agent or a label such as "Android · WeChat". */
export function kindOf(text) {
  if (/Android|iPhone|HarmonyOS/.test(text)) return "phone";
  return /Windows|Mac|Linux|CrOS|ChromeOS/.test(text) && !/iPad/.test(text) ? "computer" : "device";
}
