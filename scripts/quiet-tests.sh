#!/usr/bin/env bash
# Leaves of a test run what a person reads: failures, tallies of the suites, notices, the end. It always ends with 0: the
# exit status that counts is that of the run in front of the pipe.
awk '
    # The announcement of a case shows its arguments, which may go over several lines.
    inside { if (/started\.$/) inside = 0; next }
    /^◇/ { if (!/started\.$/) inside = 1; next }
    /^✔ (Test|Suite)/ && !/^✔ Test run/ { next }
    /^(↳ Target|\[[0-9]+\/[0-9]+\]|Test (Suite|Case) |\t Executed |Building for |Build complete)/ { next }
    { print; fflush() }
'
