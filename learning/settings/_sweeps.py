"""Sweeps: what the beat calls, and how often, in seconds. Each reads what is due; a missed one costs a delay."""

#: A sweep that waited longer is pointless: the next one reads the same rows.
SWEEP_EXPIRES_S = 60
CELERY_BEAT_SCHEDULE = {
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
    "draw-due-certificates": {
        "task": "learning.tasks.draw_due_certificates",
        "schedule": 2.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "carry-on-certificate-runs": {
        "task": "learning.tasks.carry_on_certificate_runs",
        "schedule": 2.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "screen-due-entries": {
        "task": "learning.tasks.screen_due_entries",
        "schedule": 5.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "bring-rules-into-force": {
        "task": "learning.tasks.bring_rules_into_force",
        "schedule": 30.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "throw-away-old-proofs": {
        "task": "learning.tasks.throw_away_old_proofs",
        "schedule": 21_600.0,
        "options": {"expires": 3_600},
    },
    "close-due-years": {
        "task": "learning.tasks.close_due_years",
        "schedule": 60.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "confirm-running-runs": {
        "task": "learning.tasks.confirm_running_runs",
        "schedule": 2.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "reverse-running-runs": {
        "task": "learning.tasks.reverse_running_runs",
        "schedule": 2.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "count-due-years": {
        "task": "learning.tasks.count_due_years",
        "schedule": 30.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "record-due-watched-evidence": {
        "task": "tracking.tasks.record_due_evidence",
        "schedule": 5.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "seal-silent-viewings": {
        "task": "tracking.tasks.seal_silent_viewings",
        "schedule": 30.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "give-seals": {
        "task": "tracking.tasks.give_due_seals",
        "schedule": 30.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "close-days-of-viewing": {
        "task": "tracking.tasks.close_due_days",
        "schedule": 600.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "close-days-of-the-ledger": {
        "task": "learning.tasks.close_due_ledger_days",
        "schedule": 600.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "send-due-statements": {
        "task": "tracking.tasks.send_due_statements",
        "schedule": 30.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
    "make-viewing-partitions": {
        "task": "tracking.tasks.make_viewing_partitions",
        "schedule": 86_400.0,
        "options": {"expires": 3_600},
    },
    "close-due-attempts": {
        "task": "assessments.tasks.close_due_attempts",
        "schedule": 5.0,
        "options": {"expires": SWEEP_EXPIRES_S},
    },
}
