"""Learning: the centre of the star.

People, organisations, requirements, editions, enrolments, evidence, credit,
records and certificates. It also holds the project (settings, asgi, celery,
urls). It knows no one who stands on it.
"""
