// Every way in which the verifier says no (ledger/errors.py). What is thrown and is none of these is a mistake of ours.

/** Anything that is refused, said in one plain sentence. */
export class LodestoneError extends Error {}

/** Something that claims to be signed, logged or linked is not. */
export class VerificationError extends LodestoneError {}

/** A signature does not verify under the key that it names. */
export class SignatureInvalid extends VerificationError {}

/** An inclusion or consistency proof does not lead to the signed root. */
export class ProofInvalid extends VerificationError {}

/** The pinned policy asks for signatures that the checkpoint does not carry. */
export class PolicyUnmet extends VerificationError {}

/** The policy has an impossible line. */
export class ConfigError extends LodestoneError {}

/** A request is put wrongly. */
export class UsageError extends LodestoneError {}

/** A text is not the one form of a value; whoever asked says of which. */
export class ValueFault extends LodestoneError {}

/** The bytes are not JSON at all. */
export class NotJson extends ValueFault {}

/** The bytes are JSON, but not signed JSON in its one form. */
export class NotCanonical extends ValueFault {}

/** The value is nested more deeply than allowed. */
export class TooDeep extends NotCanonical {}

/**
 * A record broke rules.
 * @typedef {{code: string, sentence: string, member: string}} Violation
 */
export class Refused extends LodestoneError {
  /** @param {Violation[]} violations never empty */
  constructor(violations) {
    super(violations.map((violation) => violation.sentence).join(" "));
    this.violations = violations;
  }
}

/**
 * One thing that is wrong with a record, and the member it is about.
 * @param {string} code
 * @param {string} sentence
 * @param {string} [member]
 * @returns {Violation}
 */
export function violation(code, sentence, member = "") {
  return { code, sentence, member };
}
