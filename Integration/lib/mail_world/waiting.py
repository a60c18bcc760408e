"""Waiting for something to become true, with a deadline."""

import time


class TooLate(Exception):
    """What was waited for did not come."""


def until(what, condition, seconds=20.0):
    """The first true value of `condition()`; raises `TooLate` with `what` when there is none in time."""
    end = time.monotonic() + seconds
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TooLate(f"{what}: not within {seconds:g} s")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
