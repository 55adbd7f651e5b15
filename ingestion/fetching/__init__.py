"""Fetches files from a place elsewhere (S3, SFTP, Google, Azure) into the landing folder.

It runs in an environment of its own, `requirements/landing.txt`: `python -m tradewind.fetching`.
"""
