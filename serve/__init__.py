"""thoughtmark's HTTP service: journal entries in, tags out.

A request passes these modules, from the outside in:

    middleware (request ID, access log, API key, limits) → v1/routes → work (the model's thread) → v1/answers

START HERE: `app.py` assembles them. `policy.py` says which checks apply to a route, `problems.py` lists the error
answers, `settings.py` the settings. `logs.py` and `metrics.py` record requests, never their text.
"""
