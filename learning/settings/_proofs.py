"""Files handed in as proof: how many, how large, how long they may lie about."""

import environ

_env = environ.Env()

#: Files of one application, bytes of each, and of all of them.
PROOF_FILES_MAX = _env.int("HOURBOOK_PROOF_FILES_MAX", default=5)
PROOF_FILE_MAX_BYTES = _env.int("HOURBOOK_PROOF_FILE_MAX_BYTES", default=10 << 20)
PROOF_FILES_MAX_BYTES = _env.int("HOURBOOK_PROOF_FILES_MAX_BYTES", default=25 << 20)
#: A photograph of a telephone has 12 to 50 million; a paper is legible at the side it is reduced to.
PROOF_PIXELS_MAX = 64_000_000
PROOF_SIDE_MAX_PX = 4_096
PROOF_PAGES_MAX = 50
#: What reading one file may take before the process that does it is ended.
PROOF_READING_S = 15
PROOF_READING_BYTES = 1 << 30
#: A file that was never handed in is thrown away after so many days.
PROOF_DRAFT_DAYS = _env.int("HOURBOOK_PROOF_DRAFT_DAYS", default=30)
