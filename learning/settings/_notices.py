"""Notices and reminders: the office's own figures, and the sweeps that tell, remind and deliver."""

import environ

_env = environ.Env()

#: A year is at risk when it asks for more than this a week, in hundredths of an hour (DESIGN §3).
AT_RISK_WEEKLY_CENTIHOURS = _env.int("HOURBOOK_AT_RISK_WEEKLY_CENTIHOURS", default=800)
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

NOTICE_SWEEPS = {
    "deliver-notices": {
        "task": "learning.tasks.deliver_notices",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    "tell-overdue-queues": {
        "task": "learning.tasks.tell_overdue_queues",
        "schedule": 3_600.0,
        "options": {"expires": 3_600},
    },
    "remind-people-at-risk": {
        "task": "learning.tasks.remind_people_at_risk",
        "schedule": 21_600.0,
        "options": {"expires": 3_600},
    },
}
