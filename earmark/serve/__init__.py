"""`earmark serve`: recordings, live sessions and search in a browser, on this machine.

Reading order: `settings` (what may be asked for), `guard` (who may ask), `live` (a session that is followed), `posts`
(a session that is written), `pages` (HTML), `app` (routes), `run` (uvicorn). All but `settings` need the extra `serve`.
"""
