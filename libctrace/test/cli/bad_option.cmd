ctrace print --nonsense x; echo $?; ctrace verify -q x; echo $?; ctrace print --steps
