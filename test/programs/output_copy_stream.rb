# Text that reaches stdout past IO#write.
require "stringio"

IO.copy_stream(StringIO.new("from a StringIO\n"), $stdout)
$stdout.flush
File.open(__FILE__) { |file| IO.copy_stream(file, $stdout, 30) }
puts
reader, writer = IO.pipe
writer.puts "through a pipe"
writer.close
IO.copy_stream(reader, $stdout)
puts "end"
