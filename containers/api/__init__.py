"""The function behind `/api/*`: uploads, queries and verdicts, for people who have signed in."""
