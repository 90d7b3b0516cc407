"""Notices and reminders: the office's own figures."""

import environ

_env = environ.Env()

#: Service clocks, in working days: how long hours may wait at a base, and at a bureau.
AUDIT_CLOCK_DAYS = _env.int("HOURBOOK_AUDIT_CLOCK_DAYS", default=5)
CONFIRM_CLOCK_DAYS = _env.int("HOURBOOK_CONFIRM_CLOCK_DAYS", default=10)
#: From which hour until which only urgent e-mails leave; the same hour twice: never quiet.
NOTICE_QUIET_HOURS = (
    _env.int("HOURBOOK_QUIET_FROM_HOUR", default=21),
    _env.int("HOURBOOK_QUIET_UNTIL_HOUR", default=8),
)
#: Who sends text messages (learning.actions.sms_backends); the console sends none.
SMS_BACKEND = _env.str("HOURBOOK_SMS_BACKEND", default="learning.actions.sms_backends.ConsoleSms")
#: A mail server that does not answer must not hold a worker.
EMAIL_TIMEOUT = 20
