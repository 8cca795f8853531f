"""Answers questions put to ct_oracle.py until standard input ends; test/recorder/oracle.rb asks them.

A question is a line: the JSON array of ct_oracle.py's arguments. The answer is a line "STATUS SIZE"
and SIZE bytes, what ct_oracle.py would have ended with and printed.
"""
import contextlib, io, json, sys

sys.dont_write_bytecode = True
import ct_oracle

for question in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = ct_oracle.main(["ct_oracle.py"] + json.loads(question))
    answer = said.getvalue().encode("utf-8")
    sys.stdout.buffer.write(b"%d %d\n" % (status, len(answer)) + answer)
    sys.stdout.buffer.flush()
