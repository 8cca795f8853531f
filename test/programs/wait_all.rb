# The recorder has no child that the program could see.
# events: vary (process ids are values)
p Process.waitall
2.times { |i| fork { exit!(i) } }
p Process.waitall.map { |_, status| status.exitstatus }.sort
begin
  Process.wait
rescue Errno::ECHILD => e
  puts e.class
end
