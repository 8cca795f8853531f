ctrace print traces/open_calls; echo $?; ctrace verify traces/open_calls
