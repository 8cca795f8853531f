ctrace print traces/nothing; echo $?; ctrace verify traces/nothing
