# No at_exit, no ensure.
at_exit { puts "never" }
begin
  $stdout.write("leaving\n")
  $stdout.flush
  exit!(3)
ensure
  puts "never either"
end
