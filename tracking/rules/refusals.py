"""Refusals of the crediting rule: facts about a message that changes nothing.

Knows the wire code of each refusal; doors turn codes into words.
"""

from typing import ClassVar


class Refusal(Exception):
    """A message was refused, and the viewing stands as it stood before."""

    code: ClassVar[str]


class Superseded(Refusal):
    """Another connection or device holds the learner's timeline now."""

    code = "superseded"


class SessionEnded(Refusal):
    """The session to resume is not the learner's running one."""

    code = "session_ended"


class NoCheck(Refusal):
    """No presence check is open."""

    code = "no_check"


class Sealed(Refusal):
    """The session takes no late claims: running, sealed, or under `rewind`."""

    code = "sealed"


class BadRuns(Refusal):
    """The claimed runs are not at most sixteen pairs of integers."""

    code = "bad_msg"


class BadRange(Refusal):
    """A claimed run is empty, reversed or outside the media."""

    code = "bad_range"
