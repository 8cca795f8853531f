mkdir $WORK/beside; cp -r traces/pay100 $WORK/beside/t; cd $WORK/beside
element() { printf '{"id":%s,"path_id":0,"line":3,"column":0,"last_line":3,"last_column":5,"kind":"value","name":"a + b"}' $1; }
printf '[\n%s,\n{"step":4,"seen":[[0,1]]},\n{"step":9,"se' "$(element 0)" >t/trace_expressions.json; printf 'CTINSTR\0\1\0\0\0\0\0\0\0cut' >t/trace.instructions
ctrace verify t; ctrace repair -o n t; ctrace verify n; cat n/trace_expressions.json; ls n
ctrace repair --in-place t; ctrace verify t; cmp t/trace_expressions.json n/trace_expressions.json; ctrace repair --in-place t
echo '{' >t/trace_expressions.json; echo none >t/trace.instructions; echo '{"format":1,' >t/trace_info.json; ctrace repair --in-place t; ctrace verify t; ls -A t
mkdir other; head -c 30000 $OLDPWD/../golden/flow_combined.ct >other/cut.ct; echo '[' >other/trace_expressions.json; ctrace repair --in-place other/cut.ct; cat other/trace_expressions.json; ls -A other
