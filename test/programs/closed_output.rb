# stdout closed before the end.
puts "before"
$stdout.close
begin
  puts "after"
rescue IOError => e
  warn e.message
end
$stderr.close
exit 2
