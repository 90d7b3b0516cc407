"""Notices and reminders: the office's own figures."""

import environ

_env = environ.Env()

#: From which hour until which only urgent e-mails leave; the same hour twice: never quiet.
NOTICE_QUIET_HOURS = (
    _env.int("HOURBOOK_QUIET_FROM_HOUR", default=21),
    _env.int("HOURBOOK_QUIET_UNTIL_HOUR", default=8),
)
#: Who sends text messages (learning.actions.sms_backends); the console sends none.
SMS_BACKEND = _env.str("HOURBOOK_SMS_BACKEND", default="learning.actions.sms_backends.ConsoleSms")
#: A mail server that does not answer must not hold a worker.
EMAIL_TIMEOUT = 20
