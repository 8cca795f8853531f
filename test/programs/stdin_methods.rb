# Reads standard input in every way there is.
# stdin: one\ntwo\nthree\nfour\nfive\nsix seven\neight nine ten\neleven\ntwelve\nthirteen\n14\n15\n
require "stringio"

p gets, $_, $.
p $stdin.readline(chomp: true), $_, $.
$stdin.each_line(chomp: true) do |line|
  break if line == "four"
end
p $_, $.
p STDIN.getc, $stdin.getbyte, $stdin.readchar, $stdin.readbyte
p $stdin.read(3), $stdin.readpartial(4)
buffer = +"kept"
$stdin.read(2, buffer)
p buffer
p ARGF.readline, ARGF.lineno
$stdin.each_char { |character| break if character == " " }
$stdin.each_byte { |byte| break if byte == 32 }
$stdin.each_line("e", 4).first(2).each { |part| p part }
p $stdin.gets("", chomp: true).lines.size
p gets, $stdin.getc, $stdin.read, $stdin.read(1), $stdin.eof?
begin
  $stdin.readline
rescue EOFError => e
  p e.message
end
p readlines, ARGF.read

$stdin = StringIO.new("other\nlines\nhere\n\u00e4\n")
p gets
p $stdin.readline, $stdin.read(3), $stdin.getc
$stdin.each_char { |character| break if character == "\n" }
p $stdin.readlines, gets
$stdin = STDIN
p "done"
