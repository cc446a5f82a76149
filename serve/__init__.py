"""thoughtmark's HTTP service, which tags journal entries.

A request passes these modules in order:

    middleware (request ID, access log, API key, limits) → v1/routes → work (the model's thread) → v1/answers

START HERE: `app.py` assembles these modules. `policy.py` says which checks apply to a route, `problems.py` lists the
error answers, and `settings.py` lists the settings. `logs.py` and `metrics.py` record requests, but never their text.
"""
