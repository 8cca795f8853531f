ctrace print run.sh; echo $?; ctrace verify run.sh
