ctrace print traces/absent.ct; echo $?; ctrace verify traces/absent.ct; echo $?; ctrace verify --wait traces/absent.ct
