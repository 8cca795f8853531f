# A fork child that goes on when its parent has ended.
gone_reader, gone_writer = IO.pipe
$stdout.sync = true
fork do
  gone_writer.close
  gone_reader.read
  3.times { |i| puts "child #{i}" }
end
puts "parent ends"
exit! 4
