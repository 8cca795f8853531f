# The recorder has no child that the program could see.
p Process.waitall
2.times { fork { exit!(1) } } # one status: who ends first is not known
p Process.waitall.map(&:last).map(&:exitstatus)
begin
  Process.wait
rescue Errno::ECHILD => e
  puts e.class
end
