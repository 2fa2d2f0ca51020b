# APScheduler 3 ships no types: what annotate/schedule_jobs.py and annotate/schedule.py use of it.
