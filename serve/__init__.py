"""thoughtmark's service: tags over HTTP.

A request goes from the outside in through one module each:

    request ─bounds→ id, size, time ─access→ key, rate ─contract→ checked values ─work→ tags ─contract→ answer

`app.py` puts them together: START HERE. `problems.py` says what can go wrong, `settings.py` what can be set,
`logs.py` and `metrics.py` what is told of a request afterwards, which is never its text.
"""
