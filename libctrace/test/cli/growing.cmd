cd "$WORK" && cp "$OLDPWD/../golden/threads_expressions_combined.ct" g.ct && flock -x g.ct ctrace print --steps 18.. g.ct
