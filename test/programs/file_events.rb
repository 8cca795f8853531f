# Opens, reads, writes, renames and removes files, and lists folders.
# options: --io default,files
require "tmpdir"

Dir.chdir(Dir.tmpdir)
Dir.mkdir("here")
File.write("here/a", "one\ntwo\n")
p File.read("here/a"), IO.readlines("here/a").size, IO.binread("here/a", 2)
File.foreach("here/a") { |line| p line }
File.open("here/b", "w") do |file|
  file.puts "first"
  file.write("second", "third")
  file << 4
end
file = File.new("here/b")
p file.gets, file.read(3), file.each_line.to_a, file.getc
file.close
open("here/b", "a") { |again| again.syswrite("more") }
begin
  File.open("here/none")
rescue SystemCallError => e
  p e.class
end
File.rename("here/b", "here/c")
p Dir.children("here").sort, Dir["here/*"].size, Dir.glob("here/[ac]").sort
p Dir.each_child("here").to_a.size
File.delete("here/a", "here/c")
Dir.rmdir("here")
