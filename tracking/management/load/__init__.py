"""The load bench: servers, learners and a database of its own, each in processes of its own.

`plan` says what is needed, `run` leads; `stage` has the database and the settings, `seed` the people,
`history` and `past` what they watched before; `processes` starts and ends, `server` is the application
under test with an echo beside it; `client`, `fleet`, `learner`, `echo`, `tickets` and `wire` are the
players, `audit` has the last word and `figures` the sums. Nothing here is loaded by a server in production.
"""
