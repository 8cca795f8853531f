ctrace print; echo $?; ctrace verify a b
