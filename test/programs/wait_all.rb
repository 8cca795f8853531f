# The recorder has no child that the program could see.
p Process.waitall
2.times { |i| fork { exit!(i) } }
p Process.waitall.map(&:last).map(&:exitstatus).sort
begin
  Process.wait
rescue Errno::ECHILD => e
  puts e.class
end
